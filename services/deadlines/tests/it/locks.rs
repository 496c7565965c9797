//! The order of locks can be read in one place only where nothing else locks.

use std::{fs, path::Path};

#[test]
fn no_file_but_one_takes_a_lock() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![source.clone()];
    let (mut read, mut locking) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            read += 1;
            if text.contains("FOR UPDATE") || text.contains("advisory") {
                locking.push(path.strip_prefix(&source).unwrap().to_owned());
            }
        }
    }
    assert!(read > 20);
    assert_eq!(locking, [Path::new("store/locks.rs")]);
}
