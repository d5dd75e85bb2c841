//! The modules of the crate, and the file that a path leads to.

use std::collections::{BTreeMap, BTreeSet};

use super::reading::{Kind, Mention, Module, Path, read};

/// How many re-exports may lie between a name and its definition.
const MOST_HOPS: usize = 8;

/// A source file: where it is, from the folder `src`, and its text.
pub(super) type Source = (String, String);

/// The modules of the crate.
pub(super) struct Tree {
    modules: BTreeMap<Path, Module>,
    /// Files that no `mod` leads to.
    pub(super) strays: Vec<String>,
}

impl Tree {
    /// Reads the files that `lib.rs` leads to.
    pub(super) fn of(sources: &[Source]) -> Self {
        let texts: BTreeMap<&str, &str> = sources.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
        let mut files: BTreeSet<&str> = texts.keys().copied().collect();
        let mut modules = BTreeMap::new();
        let mut waiting = vec![("lib.rs".to_owned(), Path::new(), false)];
        while let Some((file, path, test)) = waiting.pop() {
            files.remove(file.as_str());
            let text = texts.get(file.as_str()).unwrap_or_else(|| panic!("there is no {file}"));
            for module in read(&file, text, path, test) {
                for (name, for_tests) in &module.declared {
                    let path = [module.path.clone(), vec![name.clone()]].concat();
                    let stem = path.join("/");
                    let beside = format!("{stem}.rs");
                    let file = if texts.contains_key(beside.as_str()) { beside } else { format!("{stem}/mod.rs") };
                    waiting.push((file, path, *for_tests));
                }
                modules.insert(module.path.clone(), module);
            }
        }
        let strays = files.into_iter().filter(|file| *file != "main.rs").map(str::to_owned).collect();
        Self { modules, strays }
    }

    /// All modules.
    pub(super) fn modules(&self) -> impl Iterator<Item = &Module> {
        self.modules.values()
    }

    /// Where a path leads that `module` names: the whole path from the root of the crate, or nothing if it leads to
    /// another crate or to a local name.
    pub(super) fn absolute(&self, module: &Module, mention: &Mention) -> Option<Path> {
        let (first, rest) = mention.path.split_first()?;
        match (self.anchored(module, &mention.path), module.bindings.get(first)) {
            (Some(path), _) => Some(path),
            (None, Some(bound)) if mention.kind == Kind::Inline => {
                Some([self.anchored(module, bound)?, rest.to_vec()].concat())
            }
            _ => None,
        }
    }

    /// A path from the root of the crate, if `path` begins in the crate: with `crate`, `self`, `super`, a child or an item.
    fn anchored(&self, module: &Module, path: &[String]) -> Option<Path> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([&module.path, rest].concat()),
            "super" => {
                let ups = path.iter().take_while(|segment| *segment == "super").count();
                let base = &module.path[..module.path.len().checked_sub(ups)?];
                Some([base, &path[ups..]].concat())
            }
            _ => {
                let path = [&module.path, path].concat();
                let is_child = !rest.is_empty() && self.modules.contains_key(&path[..=module.path.len()]);
                (is_child || module.items.contains(first)).then_some(path)
            }
        }
    }

    /// True if a path from the root names a module and no item in it.
    pub(super) fn is_module(&self, path: &[String]) -> bool {
        self.modules.contains_key(path)
    }

    /// The file that defines what a path from the root names. Re-exports are followed.
    pub(super) fn file(&self, path: &[String]) -> Option<&str> {
        self.definition(path, MOST_HOPS)
    }

    fn definition(&self, path: &[String], hops: usize) -> Option<&str> {
        let mut depth = 0;
        while depth < path.len() && self.modules.contains_key(&path[..=depth]) {
            depth += 1;
        }
        let module = self.modules.get(&path[..depth])?;
        let defined = path.get(depth).is_none_or(|name| module.items.contains(name));
        match path.get(depth).and_then(|name| module.bindings.get(name)) {
            Some(bound) if !defined && hops > 0 => {
                let target = [self.anchored(module, bound)?, path[depth + 1..].to_vec()].concat();
                self.definition(&target, hops - 1)
            }
            _ => Some(&module.file),
        }
    }
}
