//! The contents of one source file: its modules, the paths that it names, its functions and its types. Read with syn, so that
//! comments and strings do not count as code.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ImplItem, Item, ItemMod, ItemUse, Lit, Meta, TraitItem, UseTree, Visibility};

/// The segments of a path.
pub(super) type Path = Vec<String>;

/// One module: a file, or a module within a file.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// Where it is in the crate: `["run", "session"]`.
    pub(super) path: Path,
    /// The file, from the folder `src`.
    pub(super) file: String,
    /// It is compiled only for tests.
    pub(super) test: bool,
    /// The modules that have files of their own (`mod name;`), and whether they are compiled only for tests.
    pub(super) declared: Vec<(String, bool)>,
    /// The names that are defined here.
    pub(super) items: BTreeSet<String>,
    /// The names that a `use` brings here, each with its path as written.
    pub(super) bindings: BTreeMap<String, Path>,
    /// Every path that the code names.
    pub(super) mentions: Vec<Mention>,
    /// Its functions, those of impls and traits included.
    pub(super) functions: Vec<Function>,
    /// The structs, enums, traits and type aliases that are defined here, test code left out.
    pub(super) types: Vec<String>,
}

/// A path that the code names.
#[derive(Debug)]
pub(super) struct Mention {
    /// As written.
    pub(super) path: Path,
    /// The line.
    pub(super) line: usize,
    /// It is test code.
    pub(super) test: bool,
    /// How it is named.
    pub(super) kind: Kind,
}

/// How a path is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// In a `use` for this module.
    Use,
    /// In a `use` of every name of a module.
    Glob,
    /// In a `pub use`: a name for others, not an import.
    ReExport,
    /// In an expression, a type, a pattern, a macro or an attribute.
    Inline,
}

/// A function with a body, test code left out.
#[derive(Debug)]
pub(super) struct Function {
    /// Its name.
    pub(super) name: String,
    /// The line of its signature.
    pub(super) line: usize,
    /// Lines from the signature to the closing brace.
    pub(super) lines: usize,
}

/// Reads the file of the module `path`; the modules within it follow their parents.
pub(super) fn read(file: &str, text: &str, path: Path, is_test: bool) -> Vec<Module> {
    let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let module = Module { path, file: file.to_owned(), test: is_test, ..Module::default() };
    let mut reader = Reader { modules: vec![module], within: vec![0], test: is_test };
    for item in &parsed.items {
        reader.visit_item(item);
    }
    reader.modules
}

struct Reader {
    modules: Vec<Module>,
    /// The modules around the present place, innermost last.
    within: Vec<usize>,
    /// The present place is test code.
    test: bool,
}

impl Reader {
    fn module(&mut self) -> &mut Module {
        let at = self.within.last().copied().unwrap_or_default();
        &mut self.modules[at]
    }

    fn mention(&mut self, path: Path, line: usize, kind: Kind) {
        let test = self.test;
        self.module().mentions.push(Mention { path, line, test, kind });
    }

    /// Visits what has these attributes, as test code if they say so.
    fn under(&mut self, attributes: &[Attribute], visit: impl FnOnce(&mut Self)) {
        let before = self.test;
        self.test |= attributes.iter().any(is_for_tests);
        visit(self);
        self.test = before;
    }

    fn define(&mut self, item: &Item) {
        let (name, is_type) = match item {
            Item::Struct(item) => (&item.ident, true),
            Item::Enum(item) => (&item.ident, true),
            Item::Trait(item) => (&item.ident, true),
            Item::Type(item) => (&item.ident, true),
            Item::Fn(item) => (&item.sig.ident, false),
            Item::Const(item) => (&item.ident, false),
            Item::Static(item) => (&item.ident, false),
            _ => return,
        };
        let name = name.to_string();
        if is_type && !self.test {
            self.module().types.push(name.clone());
        }
        self.module().items.insert(name);
    }

    fn function(&mut self, signature: &syn::Signature, body: &syn::Block) {
        if !self.test {
            let line = signature.fn_token.span.start().line;
            let lines = body.brace_token.span.close().end().line + 1 - line;
            self.module().functions.push(Function { name: signature.ident.to_string(), line, lines });
        }
    }

    /// The paths in tokens that are not parsed: those of macros.
    fn tokens(&mut self, tokens: &TokenStream) {
        let (mut path, mut line, mut colons) = (Path::new(), 0, 0);
        for token in tokens.clone() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(ident) if colons == 2 && !path.is_empty() => {
                    path.push(ident.to_string());
                    colons = 0;
                }
                other => {
                    if !path.is_empty() {
                        self.mention(std::mem::take(&mut path), line, Kind::Inline);
                    }
                    colons = 0;
                    match other {
                        TokenTree::Ident(ident) => {
                            line = ident.span().start().line;
                            path.push(ident.to_string());
                        }
                        TokenTree::Group(group) => self.tokens(&group.stream()),
                        TokenTree::Punct(_) | TokenTree::Literal(_) => {}
                    }
                }
            }
        }
        if !path.is_empty() {
            self.mention(path, line, Kind::Inline);
        }
    }

    fn tree(&mut self, tree: &UseTree, before: &Path, kind: Kind) {
        let with = |ident: &proc_macro2::Ident| {
            let mut path = before.clone();
            if ident != "self" || path.is_empty() {
                path.push(ident.to_string());
            }
            path
        };
        match tree {
            UseTree::Path(tree) => self.tree(&tree.tree, &with(&tree.ident), kind),
            UseTree::Name(tree) => {
                let path = with(&tree.ident);
                let name = path.last().cloned().unwrap_or_default();
                self.bind(name, path, tree.ident.span().start().line, kind);
            }
            UseTree::Rename(tree) => {
                self.bind(tree.rename.to_string(), with(&tree.ident), tree.ident.span().start().line, kind);
            }
            UseTree::Glob(tree) => {
                let kind = if kind == Kind::Use { Kind::Glob } else { kind };
                self.mention(before.clone(), tree.star_token.span.start().line, kind);
            }
            UseTree::Group(tree) => tree.items.iter().for_each(|tree| self.tree(tree, before, kind)),
        }
    }

    fn bind(&mut self, name: String, path: Path, line: usize, kind: Kind) {
        self.module().bindings.insert(name, path.clone());
        self.mention(path, line, kind);
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        self.under(item_attributes(item), |reader| {
            reader.define(item);
            visit::visit_item(reader, item);
        });
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes: &[Attribute] = if let ImplItem::Fn(item) = item { &item.attrs } else { &[] };
        self.under(attributes, |reader| visit::visit_impl_item(reader, item));
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        let attributes: &[Attribute] = if let TraitItem::Fn(item) = item { &item.attrs } else { &[] };
        self.under(attributes, |reader| visit::visit_trait_item(reader, item));
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let (name, test) = (item.ident.to_string(), self.test);
        let Some((_, items)) = &item.content else {
            return self.module().declared.push((name, test));
        };
        let (mut path, file) = (self.module().path.clone(), self.module().file.clone());
        path.push(name);
        self.within.push(self.modules.len());
        self.modules.push(Module { path, file, test, ..Module::default() });
        for item in items {
            self.visit_item(item);
        }
        self.within.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let kind = if matches!(item.vis, Visibility::Inherited) { Kind::Use } else { Kind::ReExport };
        self.tree(&item.tree, &Path::new(), kind);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.function(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if let Some(first) = path.segments.first() {
            let line = first.ident.span().start().line;
            let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.mention(segments, line, Kind::Inline);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, found: &'ast syn::Macro) {
        self.tokens(&found.tokens);
        visit::visit_macro(self, found);
    }

    /// An attribute may name a path in its tokens, or as text: `#[serde(with = "crate::words")]`. Documentation is no code.
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.tokens(&list.tokens);
            for text in texts(&list.tokens) {
                if let Ok(path) = syn::parse_str::<syn::Path>(&text)
                    && path.segments.len() > 1
                {
                    let line = list.path.segments[0].ident.span().start().line;
                    let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
                    self.mention(segments, line, Kind::Inline);
                }
            }
        }
    }

    /// `pub(in crate::cli)` sets a visibility and imports nothing.
    fn visit_visibility(&mut self, _visibility: &'ast Visibility) {}
}

/// True for `#[cfg(test)]` and `#[cfg(all(test, …))]`.
fn is_for_tests(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else { return false };
    list.path.is_ident("cfg") && asks_for_tests(&list.tokens)
}

fn asks_for_tests(tokens: &TokenStream) -> bool {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    match &tokens[..] {
        [TokenTree::Ident(word), TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            let parts = group.stream().into_iter();
            *word == "all" && parts.into_iter().any(|part| matches!(part, TokenTree::Ident(word) if word == "test"))
        }
        [TokenTree::Ident(word)] => *word == "test",
        _ => false,
    }
}

/// The string literals in tokens.
fn texts(tokens: &TokenStream) -> Vec<String> {
    let literal = |token| match token {
        TokenTree::Literal(literal) => match syn::parse_str::<Expr>(&literal.to_string()) {
            Ok(Expr::Lit(expression)) => match expression.lit {
                Lit::Str(text) => vec![text.value()],
                _ => Vec::new(),
            },
            _ => Vec::new(),
        },
        TokenTree::Group(group) => texts(&group.stream()),
        _ => Vec::new(),
    };
    tokens.clone().into_iter().flat_map(literal).collect()
}

fn item_attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
