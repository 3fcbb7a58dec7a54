//! The dashboard is embedded: a new build of it makes a new build of this.

fn main() {
    println!("cargo::rerun-if-changed=../web/dist");
    println!("cargo::rerun-if-changed=build.rs");
}
