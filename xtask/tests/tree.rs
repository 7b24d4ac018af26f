//! The tree this stands in is tidy.

#[test]
fn the_tree_is_tidy() {
    let findings: Vec<String> = xtask::tidy::check(&xtask::root())
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}
