//! Mounts the dashboard; natively there is nothing to mount.

fn main() {
    #[cfg(target_arch = "wasm32")]
    dashboard::mount();
}
