//! Small made-up sources with a fault in each, to show that every check can fail.

use super::circles::{Exception, circles};
use super::sizes::{long_functions, misshapen_files, names_defined_twice};
use super::tree::{Source, Tree};
use super::{breaches, unneeded};

const TABLE: [(&str, &[&str]); 2] = [("ground", &[]), ("house", &["ground"])];

/// A crate of two rooms: `ground` with one file, and `house` with these.
fn planted(house: &[(&str, &str)]) -> Tree {
    let fixed = [("lib.rs", "mod ground;\nmod house;"), ("ground/mod.rs", "pub struct Soil;")];
    let source = |(file, text): &(&str, &str)| -> Source { ((*file).to_owned(), (*text).to_owned()) };
    let house = house.iter().map(|(file, text)| (format!("house/{file}"), (*text).to_owned()));
    Tree::of(&fixed.iter().map(source).chain(house).collect::<Vec<_>>())
}

fn assert_circle(tree: &Tree, way: &str) {
    let found = circles(tree, &[]);
    let ways = found.iter().map(|text| text.lines().next().unwrap_or_default());
    assert_eq!(ways.collect::<Vec<_>>(), [format!("circle {way}")]);
}

fn assert_no_circle(tree: &Tree) {
    assert_eq!(circles(tree, &[]), Vec::<String>::new());
}

#[test]
fn an_import_of_a_room_above_is_found() {
    let breach = |ground: &str| {
        let files =
            [("lib.rs", "mod ground;\nmod house;"), ("ground/mod.rs", ground), ("house/mod.rs", "pub fn roof() {}")];
        breaches(&Tree::of(&files.map(|(file, text)| (file.to_owned(), text.to_owned()))), &TABLE)
    };
    let expected = ["ground/mod.rs:1 imports crate::house"];
    for ground in [
        "use crate::house::roof;",
        "use crate::{house::roof};",
        "use super::house;",
        "pub use crate::house::roof as top;",
        "fn f() { crate::house::roof() }",
        "fn f() { println!(\"{:?}\", crate::house::roof()); }",
        "#[serde(with = \"crate::house\")] struct S;",
        "#[cfg(test)] mod tests { use crate::house::roof; }",
    ] {
        assert_eq!(breach(ground), expected, "{ground}");
    }
    for ground in ["// use crate::house::roof;", "/// [`roof`](crate::house::roof)\nstruct S;", "use serde::house;"] {
        assert_eq!(breach(ground), Vec::<String>::new(), "{ground}");
    }
}

#[test]
fn an_entry_that_no_file_needs_is_found() {
    assert_eq!(unneeded(&planted(&[("mod.rs", "use crate::ground::Soil;")]), &TABLE), Vec::<String>::new());
    assert_eq!(
        unneeded(&planted(&[("mod.rs", "pub fn roof() {}")]), &TABLE),
        ["house may import ground, but does not"]
    );
}

#[test]
fn a_room_that_the_table_lacks_is_found() {
    let tree = planted(&[("mod.rs", "use crate::ground::Soil;")]);
    assert_eq!(breaches(&tree, &TABLE), Vec::<String>::new());
    assert_eq!(breaches(&tree, &TABLE[..1]), ["house is not in the table"]);
}

#[test]
fn a_circle_is_reported_with_its_whole_way() {
    let tree = planted(&[
        ("mod.rs", "mod door;\nmod hall;\nmod room;"),
        ("door.rs", "use super::hall::Hall;\npub struct Door(Hall);"),
        ("hall.rs", "pub struct Hall;\nfn f() { super::room::enter() }"),
        ("room.rs", "use crate::house::door::Door;\npub fn enter() {}"),
    ]);
    let found = circles(&tree, &[]);
    assert_eq!(
        found,
        ["circle house/door.rs -> house/hall.rs -> house/room.rs -> house/door.rs
  house/door.rs -> house/hall.rs (line 1: super::hall::Hall)
  house/hall.rs -> house/room.rs (line 2: super::room::enter)
  house/room.rs -> house/door.rs (line 1: crate::house::door::Door)"]
    );
}

#[test]
fn a_re_export_leads_to_the_file_that_defines_the_name() {
    let door = "door.rs";
    let hall = ("hall.rs", "use crate::house::Door;\npub(crate) struct Hall;");
    let room = "mod door;\nmod hall;\npub use door::Door;\npub(crate) use hall::Hall;";
    let uses_hall = (door, "use super::Hall;\npub struct Door;");
    assert_circle(&planted(&[("mod.rs", room), uses_hall, hall]), "house/door.rs -> house/hall.rs -> house/door.rs");
    // The same names, one way only. `mod.rs` names both, which is not an import.
    assert_no_circle(&planted(&[("mod.rs", room), (door, "pub struct Door;"), hall]));
}

#[test]
fn what_a_mod_file_defines_is_its_own() {
    let door = ("door.rs", "use super::Wall;\npub struct Door(Wall);");
    assert_no_circle(&planted(&[("mod.rs", "mod door;\npub use door::Door;\npub struct Wall;"), door]));
    for uses in [
        "mod door;\nuse door::Door;\npub struct Wall(Door);",
        "mod door;\npub use door::Door;\npub struct Wall(Door);",
        "mod door;\npub struct Wall(door::Door);",
        "mod door;\npub use self::door::Door as Gate;\npub struct Wall { gate: Option<Gate> }",
    ] {
        assert_circle(&planted(&[("mod.rs", uses), door]), "house/door.rs -> house/mod.rs -> house/door.rs");
    }
}

#[test]
fn a_module_that_is_imported_counts_where_something_is_taken_from_it() {
    let room = ("mod.rs", "mod door;\nmod hall;");
    let hall = ("hall.rs", "use super::door;\npub fn walk() { print!(\"{}\", door::open()); }");
    let door = ("door.rs", "pub fn open() { super::hall::walk() }");
    assert_circle(&planted(&[room, door, hall]), "house/door.rs -> house/hall.rs -> house/door.rs");
}

#[test]
fn test_code_makes_no_circle() {
    let tree = planted(&[
        ("mod.rs", "mod door;\nmod hall;\n#[cfg(test)]\nmod samples;"),
        ("door.rs", "pub fn open() {}\n#[cfg(test)]\nmod tests { use super::super::hall::walk; }"),
        ("hall.rs", "pub fn walk() { super::door::open() }\n#[cfg(test)]\nimpl X { fn f() { super::samples::s() } }"),
        ("samples.rs", "use super::hall::walk;"),
    ]);
    assert_no_circle(&tree);
}

#[test]
fn an_exception_that_no_circle_needs_has_to_go() {
    let excepted = |from| [Exception { from, to: "house/hall.rs", since: "2026-12-01", reason: "a reason" }];
    let room = ("mod.rs", "mod door;\nmod hall;");
    let door = ("door.rs", "use super::hall::Hall;\npub struct Door;");
    let circle = planted(&[room, door, ("hall.rs", "use super::door::Door;\npub struct Hall;")]);
    for from in ["house/door.rs", "house/do"] {
        assert_eq!(circles(&circle, &excepted(from)), Vec::<String>::new());
    }
    let mended = planted(&[room, door, ("hall.rs", "pub struct Hall;")]);
    for from in ["house/door.rs", "house/gone.rs"] {
        let text = format!("{from} -> house/hall.rs (2026-12-01: a reason) is part of no circle: remove the exception");
        assert_eq!(circles(&mended, &excepted(from)), [text]);
    }
}

#[test]
fn a_long_function_is_found() {
    let function = |lines: usize| format!("fn f(\n    a: u8,\n) {{\n{}}}\n", "    g();\n".repeat(lines - 4));
    let long = |text: &str| long_functions(&planted(&[("mod.rs", text)]));
    assert_eq!(long(&function(70)), Vec::<String>::new());
    assert_eq!(long(&function(71)), ["house/mod.rs:1 f has 71 lines"]);
    assert_eq!(long(&format!("/// Documented.\n#[inline]\n{}", function(71))), ["house/mod.rs:3 f has 71 lines"]);
    for around in ["impl X {", "trait X {", "mod inner {", "fn outer() { let x = {"] {
        let closed = if around.starts_with("fn") { "}; }" } else { "}" };
        let found = long(&format!("{around}\n{}{closed}", function(71)));
        assert!(found.contains(&"house/mod.rs:2 f has 71 lines".to_owned()), "{around}: {found:?}");
    }
    assert_eq!(long(&format!("#[cfg(test)]\nmod tests {{\n{}}}", function(71))), Vec::<String>::new());
}

#[test]
fn a_name_that_is_defined_twice_is_found() {
    let tree = planted(&[
        ("mod.rs", "mod door;\npub trait Soil {}\nstruct Key;\n#[cfg(test)]\nmod tests { struct Row; }"),
        ("door.rs", "type Row = u8;\nfn f() { enum Key {} }\nuse super::Row as Hidden;"),
    ]);
    let names = names_defined_twice(&tree);
    let names: Vec<_> = names.into_iter().map(|(name, files)| (name, files.into_iter().collect::<Vec<_>>())).collect();
    let expected = [("Key", vec!["house/door.rs", "house/mod.rs"]), ("Soil", vec!["ground/mod.rs", "house/mod.rs"])];
    assert_eq!(names, expected);
}

#[test]
fn a_file_that_is_too_long_or_says_nothing_is_found() {
    let wrong = |file: &str, text: &str| misshapen_files(&[(file.to_owned(), text.to_owned())]);
    let lines = |count: usize| format!("//! A file.\n{}", "\n".repeat(count - 1));
    assert_eq!(wrong("house/door.rs", &lines(400)), Vec::<String>::new());
    assert_eq!(wrong("house/door.rs", &lines(401)), ["house/door.rs has 401 lines, at most 400"]);
    assert_eq!(wrong("main.rs", &lines(25)), Vec::<String>::new());
    assert_eq!(wrong("main.rs", &lines(26)), ["main.rs has 26 lines, at most 25"]);
    assert_eq!(wrong("house/door.rs", "fn f() {}"), ["house/door.rs does not begin with `//!` and what it is for"]);
    assert_eq!(wrong("house/tests.rs", &lines(401)), Vec::<String>::new());
}

#[test]
fn a_file_that_no_module_declares_is_found() {
    let tree = planted(&[("mod.rs", "mod door;"), ("door.rs", ""), ("forgotten.rs", "")]);
    assert_eq!(tree.strays, ["house/forgotten.rs"]);
}
