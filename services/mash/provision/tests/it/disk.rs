//! A full disk is called a full disk.

use std::path::Path;
use std::process::Command;

use provision::{Durability, Postgres, ProvisionError, Secrets, free_ports};
use tempfile::TempDir;

/// A file system of its own that is gone with this value.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// None, and a reason on the terminal, where this user may not mount.
    fn mount(size: &str) -> Option<Self> {
        let folder = super::temporary();
        let options = format!("size={size}");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(folder.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(folder)),
            refused => {
                println!("SKIPPED: no small disk can be mounted here: {refused:?}");
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn a_full_disk_is_told_as_such_and_the_next_start_works() {
    let Some(disk) = SmallDisk::mount("24m") else {
        return;
    };
    let tools = super::tools().await;
    let port = free_ports(1).unwrap()[0];
    let data = disk.path().join("postgres");
    let refusal = Postgres::start(&tools, &data, port, Durability::Throwaway).await;
    let refusal = refusal.err().expect("there is no room for a cluster");
    assert!(matches!(refusal, ProvisionError::DiskFull { .. }), "{refusal}");
    assert!(refusal.to_string().contains("is full"), "{refusal}");

    let grown = Command::new("mount").args(["-o", "remount,size=400m"]).arg(disk.path()).status();
    assert!(grown.unwrap().success());
    Postgres::start(&tools, &data, port, Durability::Throwaway).await.unwrap();
}

#[tokio::test]
async fn a_password_that_cannot_be_kept_is_not_given_out() {
    let Some(disk) = SmallDisk::mount("16k") else {
        return;
    };
    let path = disk.path().join("passwords.json");
    let kept = Secrets::open(&path).unwrap().password("intake").unwrap();
    // Fills what is left, whole or in part.
    let _full = std::fs::write(disk.path().join("filler"), vec![0; 64 * 1024]);
    let mut secrets = Secrets::open(&path).unwrap();
    let refusal = secrets.password("screening").unwrap_err();
    assert!(matches!(refusal, ProvisionError::DiskFull { .. }), "{refusal}");
    assert_eq!(Secrets::open(&path).unwrap().password("intake").unwrap(), kept);
}
