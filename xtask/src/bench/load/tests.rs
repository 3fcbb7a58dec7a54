//! The load generator against the floor, both in this process.

use std::net::SocketAddr;
use std::sync::mpsc::sync_channel;

use super::{followers::FRAME_BYTES, measure};
use crate::bench::floor::Floor;
use crate::bench::plan::{Dialect, Figure, Plan, Work};

const FRAME: usize = 470;

/// A floor that ends with the tests.
fn floor(per_write: usize) -> SocketAddr {
    let (tell, told) = sync_channel(1);
    std::thread::spawn(move || {
        let mut floor = Floor::listen(per_write).unwrap();
        tell.send(floor.address).unwrap();
        loop {
            floor.turn().unwrap();
        }
    });
    told.recv().unwrap()
}

fn figures(target: SocketAddr, work: Work) -> Vec<Figure> {
    let plan = Plan {
        target,
        dialect: Dialect::Floor,
        process: std::process::id(),
        frame_bytes: FRAME,
        work,
    };
    measure(&plan).unwrap()
}

fn value(figures: &[Figure], name: &str) -> f64 {
    let figure = figures.iter().find(|figure| figure.name == name);
    figure.unwrap().value
}

#[test]
fn every_subscriber_of_the_floor_gets_every_frame_in_order() {
    for per_write in [1, 16] {
        let work = Work::Burst {
            subscribers: 20,
            events: 3000,
            body_bytes: 256,
        };
        let figures = figures(floor(per_write), work);
        assert_eq!(value(&figures, "lost"), 0.0);
        assert_eq!(value(&figures, "disordered"), 0.0);
        assert_eq!(value(&figures, FRAME_BYTES), FRAME as f64);
    }
}

#[test]
fn a_steady_pace_ends_when_all_have_all() {
    let work = Work::Fanout {
        subscribers: 5,
        per_second: 500,
        seconds: 1,
        body_bytes: 256,
    };
    let figures = figures(floor(1), work);
    assert_eq!(value(&figures, "lost"), 0.0);
    assert!(value(&figures, "p50 ms") <= value(&figures, "p99 ms"));
}

#[test]
fn a_storm_ends_when_all_are_welcome() {
    let figures = figures(floor(1), Work::Storm { connections: 300 });
    assert!(value(&figures, "ms to all welcome") > 0.0);
}

#[test]
fn calls_are_answered_by_the_floor() {
    let work = Work::Hooks {
        watchers: 0,
        per_second: 1000,
        seconds: 1,
    };
    let figures = figures(floor(1), work);
    let (p50, p99) = (value(&figures, "p50 ms"), value(&figures, "p99 ms"));
    assert!(0.0 < p50 && p50 <= p99);
}
