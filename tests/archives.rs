//! Files in archives: each kind is read, and each that means harm is one error that names file and member.

use std::fs;
use std::io::{Cursor, Write as _};

use crate::built::files;
use crate::support::{Project, one_dataset};

fn project(path: &str) -> Project {
    let project = Project::new();
    project.write(
        "flanc.toml",
        "[build]\nsource = \"original\"\ndata = \"data\"\nshards = 1\n",
    );
    let sources = format!(
        "source original {{ train {{ rows csv \"{path}\" }} }}\n  source sound {{ train {{ rows csv \"t/sound.csv\" }} }}"
    );
    project.write("all.flan", &one_dataset(&sources));
    fs::create_dir_all(project.path("data/t")).expect("a directory");
    project
}

fn put(project: &Project, name: &str, bytes: &[u8]) {
    fs::write(project.path("data/t").join(name), bytes).expect("the file");
}

fn csv(words: &str, rows: usize) -> String {
    let row = |n: usize| format!("{words} {n},{}\n", ["good", "bad"][n % 2]);
    "text,label\n".to_string() + &(0..rows).map(row).collect::<String>()
}

fn zipped(members: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in members {
        writer
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .expect("a member");
        writer.write_all(text.as_bytes()).expect("its text");
    }
    writer.finish().expect("an archive").into_inner()
}

fn tarred(members: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, text) in members {
        builder
            .append(&header(name, text.len() as u64), text.as_bytes())
            .expect("a member");
    }
    builder.into_inner().expect("an archive")
}

/// By hand: the builder refuses the names that a reader has to refuse.
fn header(name: &str, bytes: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_cksum();
    header
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes).expect("bytes");
    writer.finish().expect("a file")
}

fn bzipped(bytes: &[u8]) -> Vec<u8> {
    let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    writer.write_all(bytes).expect("bytes");
    writer.finish().expect("a file")
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).expect("a writer");
    writer.write_all(bytes).expect("bytes");
    writer.finish().expect("a file")
}

/// What a build of a project read, in rows.
#[track_caller]
fn read(project: &Project) -> u64 {
    let built = project.run(&["build", "--format", "json"]).ok().json();
    built["manifest"]["datasets"]["t"]["read"].as_u64().expect("a number")
}

/// The one error of a file, in every command that reads it.
#[track_caller]
fn refused(path: &str, file: &str, bytes: &[u8], says: &[&str]) {
    refused_in(&project(path), file, bytes, says);
}

#[track_caller]
fn refused_in(project: &Project, file: &str, bytes: &[u8], says: &[&str]) {
    put(project, "sound.csv", csv("sound", 9).as_bytes());
    put(project, file, bytes);
    project.run(&["build"]).fails(2, says);
    assert!(!project.path("build/flan").exists() && !project.path("build/.flan.building").exists());
    project.run(&["build", "--source", "sound"]).ok();
    let before = files(&project.path("build/flan"));
    for command in [&["build"][..], &["count"], &["show", "t"]] {
        let run = project.run(command).fails(2, says);
        let errors = run.stderr.lines().filter(|line| line.starts_with("error:")).count();
        assert_eq!(errors, 1, "{}", run.stderr);
    }
    assert!(
        files(&project.path("build/flan")) == before,
        "the build before is not as it was"
    );
    assert!(!project.path("build/.flan.building").exists());
    project.run(&["verify", "build/flan"]).ok();
}

#[test]
fn members_of_every_kind_of_archive_are_read() {
    let (a, b, c) = (csv("a", 3), csv("b", 4), csv("c", 5));
    let members = [
        ("in/a.csv", a.as_str()),
        ("./in/b.csv", &b),
        ("in/deep/c.csv", &c),
        ("notes", "x"),
    ];
    let tar = tarred(&members);
    let archives = [
        ("a.zip", zipped(&members)),
        ("a.tar", tar.clone()),
        ("a.tar.gz", gzipped(&tar)),
        ("a.tar.bz2", bzipped(&tar)),
        ("a.tar.xz", xz(&tar)),
        ("a.tar.zst", zstd::encode_all(tar.as_slice(), 0).expect("a file")),
        ("misnamed.csv", gzipped(&tar)),
    ];
    for (name, bytes) in archives {
        for (inner, rows) in [("in/*.csv", 7), ("**/*.csv", 12), ("in/deep/c.csv", 5)] {
            let project = project(&format!("t/{name}//{inner}"));
            put(&project, name, &bytes);
            assert_eq!(read(&project), rows, "{name}//{inner}");
        }
    }
}

#[test]
fn members_of_several_archives_are_one_table() {
    let project = project("t/*.zip//{kind}.csv");
    put(
        &project,
        "1.zip",
        &zipped(&[("a.csv", &csv("a", 3)), ("b.csv", &csv("b", 4))]),
    );
    put(&project, "2.zip", &zipped(&[("a.csv", &csv("c", 5))]));
    assert_eq!(read(&project), 12);
    let shown = project.run(&["show", "t"]).ok().stdout;
    assert!(shown.contains(".zip//"), "{shown}");
}

#[test]
fn compressed_files_are_known_by_their_bytes_inside_and_outside_of_archives() {
    let text = csv("a", 6);
    for bytes in [bzipped(text.as_bytes()), xz(text.as_bytes()), gzipped(text.as_bytes())] {
        let project = project("t/rows.csv");
        put(&project, "rows.csv", &bytes);
        assert_eq!(read(&project), 6);
    }
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("rows.csv.xz", options).expect("a member");
    writer.write_all(&xz(text.as_bytes())).expect("its bytes");
    let project = project("t/a.zip//rows.csv.xz");
    put(&project, "a.zip", &writer.finish().expect("an archive").into_inner());
    assert_eq!(read(&project), 6);
}

#[test]
fn an_error_names_archive_member_and_row() {
    let text = csv("a", 3) + "words,middling\n";
    let says = ["t/a.zip//in/a.csv, row 4", "middling"];
    refused("t/a.zip//in/a.csv", "a.zip", &zipped(&[("in/a.csv", &text)]), &says);
}

#[test]
fn names_that_lead_out_of_an_archive_are_refused() {
    let text = csv("a", 3);
    for name in ["../evil.csv", "in/../../evil.csv", "/evil.csv"] {
        let members = [("in/a.csv", text.as_str()), (name, &text)];
        let member = format!("`{name}`");
        let says = [member.as_str(), "leads out of the archive", "help:"];
        refused(
            "t/a.zip//in/*.csv",
            "a.zip",
            &zipped(&members),
            &[&["t/a.zip"], &says[..]].concat(),
        );
        refused(
            "t/a.tar//in/*.csv",
            "a.tar",
            &tarred(&members),
            &[&["t/a.tar"], &says[..]].concat(),
        );
        let packed = gzipped(&tarred(&members));
        refused(
            "t/a.tgz//in/*.csv",
            "a.tgz",
            &packed,
            &[&["t/a.tgz"], &says[..]].concat(),
        );
    }
    // `..` in the path of a source is a mistake of the project.
    project("t/a.zip//../x.csv").run(&["check"]).fails(1, &["no `..`"]);
}

/// A zip file of which the directory says that a member has another size than it has.
fn resized(mut archive: Vec<u8>, bytes: u32) -> Vec<u8> {
    for (signature, at) in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)] {
        let start = archive.windows(4).position(|w| w == signature).expect("a header") + at;
        archive[start..start + 4].copy_from_slice(&bytes.to_le_bytes());
    }
    archive
}

#[test]
fn bombs_are_refused() {
    let text = csv("a", 1000);
    let says = [
        "t/a.zip//a.csv",
        "compressed bytes become more than 1,073,741,824",
        "help:",
    ];
    let sound = zipped(&[("a.csv", &text)]);
    refused("t/a.zip//a.csv", "a.zip", &resized(sound.clone(), 3_000_000_000), &says);
    // One that says that it is small, and is not.
    let says = ["t/a.zip//a.csv", "holds more than its archive says"];
    refused("t/a.zip//a.csv", "a.zip", &resized(sound, 100), &says);

    // Lines of a mebibyte, again and again: 1.3 GiB of 2 MB.
    let part = gzipped((" ".repeat((1 << 20) - 1) + "\n").repeat(16).as_bytes());
    let bomb = part.repeat(84);
    assert!(bomb.len() < 3_000_000, "{}", bomb.len());
    let project = project("t/a.csv");
    let card = project.read("all.flan").replacen("rows csv", "rows jsonl", 1);
    project.write("all.flan", &card);
    let says = ["t/a.csv, row 10", "compressed bytes become more than 1,073,741,824"];
    refused_in(&project, "a.csv", &bomb, &says);

    let mut bomb = header("in/a.csv", 3_000_000_000).as_bytes().to_vec();
    bomb.extend([0; 1024]);
    let says = ["t/a.tgz//in/a.csv", "become more than"];
    refused("t/a.tgz//in/*.csv", "a.tgz", &gzipped(&bomb), &says);
}

#[test]
fn members_that_lie_on_top_of_each_other_are_refused() {
    let text = csv("a", 100);
    let mut archive = zipped(&[("a.csv", &text), ("b.csv", &text)]);
    // The second entry of the directory is given the place of the first.
    let last = archive.windows(4).rposition(|w| w == b"PK\x01\x02").expect("an entry");
    archive[last + 42..last + 46].copy_from_slice(&[0; 4]);
    refused(
        "t/a.zip//a.csv",
        "a.zip",
        &archive,
        &["t/a.zip", "on top of each other"],
    );
}

#[test]
fn what_cannot_be_read_from_an_archive_is_said() {
    let text = csv("a", 3);
    let sound = zipped(&[("in/a.csv", &text)]);
    refused(
        "t/a.zip//in/b.csv",
        "a.zip",
        &sound,
        &["t/a.zip", "no member `in/b.csv`", "did you mean `in/a.csv`?"],
    );
    refused(
        "t/a.zip//a.csv",
        "a.zip",
        text.as_bytes(),
        &["t/a.zip", "neither a zip nor a tar file"],
    );
    refused("t/a.zip//in/a.csv", "a.zip", &sound[..sound.len() - 20], &["t/a.zip"]);
    let tar = tarred(&[("in/a.csv", &text), ("in/b.csv", &text)]);
    refused("t/a.tar//in/*.csv", "a.tar", &tar[..1024], &["t/a.tar", "cut off"]);
    let packed = gzipped(&tar);
    refused("t/a.tgz//in/*.csv", "a.tgz", &packed[..packed.len() - 12], &["t/a.tgz"]);

    let mut locked = sound.clone();
    for (signature, at) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let start = locked.windows(4).position(|w| w == signature).expect("a header") + at;
        locked[start] |= 1;
    }
    refused(
        "t/a.zip//in/a.csv",
        "a.zip",
        &locked,
        &["t/a.zip//in/a.csv", "encrypted"],
    );

    let mut builder = tar::Builder::new(Vec::new());
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    builder
        .append_link(&mut link, "in/a.csv", "/etc/passwd")
        .expect("a link");
    let linked = builder.into_inner().expect("an archive");
    refused("t/a.tar//in/*.csv", "a.tar", &linked, &["t/a.tar//in/a.csv", "link"]);
    let twice = tarred(&[("in/a.csv", &text), ("in/a.csv", &text)]);
    refused(
        "t/a.tar//in/*.csv",
        "a.tar",
        &twice,
        &["t/a.tar//in/a.csv", "two members"],
    );
}
