//! See the library.

fn main() -> std::process::ExitCode {
    courser_peers::main()
}
