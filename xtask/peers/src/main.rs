//! See the library.

fn main() -> anyhow::Result<()> {
    courser_peers::run()
}
