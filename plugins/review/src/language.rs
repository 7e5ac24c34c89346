//! Programming languages by the names that code fences have for them.

const LANGUAGES: &[&str] = &[
    "bash",
    "c",
    "c++",
    "c#",
    "clojure",
    "css",
    "dart",
    "elixir",
    "erlang",
    "f#",
    "fortran",
    "go",
    "graphql",
    "haskell",
    "html",
    "java",
    "javascript",
    "julia",
    "kotlin",
    "lua",
    "matlab",
    "nix",
    "objective-c",
    "ocaml",
    "perl",
    "php",
    "powershell",
    "python",
    "r",
    "ruby",
    "rust",
    "scala",
    "solidity",
    "sql",
    "swift",
    "terraform",
    "toml",
    "typescript",
    "vue",
    "wit",
    "yaml",
    "zig",
];

/// The languages that begin with what has been typed.
pub(crate) fn suggestions(typed: &str) -> Vec<&'static str> {
    let typed = typed.trim().to_lowercase();
    let languages = LANGUAGES.iter().copied();
    languages.filter(|name| name.starts_with(&typed)).collect()
}
