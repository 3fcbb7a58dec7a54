//! Starts the dashboard in a browser.

fn main() {
    #[cfg(target_arch = "wasm32")]
    pilothouse_web::start();
}
