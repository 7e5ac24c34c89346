//! A scratch home of an admin: a config, a lock file, a data folder, and the
//! program run on them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

/// A home of its own for each test; gone at its end.
pub(crate) struct Home {
    folder: TempDir,
    /// Whether compiled code is taken from what other tests have compiled, and kept
    /// for them: compiling is half of what all tests take.
    shares_code: bool,
    /// What the environment of the program has besides the usual.
    pub(crate) variables: Vec<(&'static str, &'static str)>,
}

/// What a run of the program left.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    /// A home with nothing in it.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        fs::create_dir(folder.path().join("work")).expect("a working folder");
        Self {
            folder,
            shares_code: cfg!(unix),
            variables: Vec::new(),
        }
    }

    /// A home with a cache of compiled code of its own, and these guests installed,
    /// granted nothing.
    pub(crate) fn compiling(guests: &[&str]) -> Self {
        let home = Self {
            shares_code: false,
            ..Self::empty()
        };
        home.add_all(guests);
        home
    }

    /// A home with these guests installed, granted nothing.
    pub(crate) fn with(guests: &[&str]) -> Self {
        let home = Self::empty();
        home.add_all(guests);
        home
    }

    fn add_all(&self, guests: &[&str]) {
        for guest in guests {
            self.add(guest, &[]);
        }
    }

    /// Installs a guest, granting only what the arguments say.
    pub(crate) fn add(&self, guest: &str, arguments: &[&str]) {
        self.add_folder(&plugin_folder(guest), arguments);
    }

    /// Installs the plugin in a folder, granting only what the arguments say.
    pub(crate) fn add_folder(&self, folder: &Path, arguments: &[&str]) {
        let mut all = vec!["add", path(folder)];
        all.extend(arguments);
        if !arguments
            .iter()
            .any(|argument| argument.starts_with("--grant"))
        {
            all.push("--grant-none");
        }
        if self.shares_code {
            self.share_code();
        }
        self.run(&all).done();
    }

    /// Puts the cache that tests share where this home's would be.
    fn share_code(&self) {
        static SHARED: LazyLock<PathBuf> = LazyLock::new(|| {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
            // Of earlier builds, most of it.
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).expect("a folder");
            folder
        });
        let cache = self.data().join("cache");
        if !cache.exists() {
            fs::create_dir_all(self.data()).expect("a folder");
            #[cfg(unix)]
            std::os::unix::fs::symlink(&*SHARED, &cache).expect("a link");
        }
    }

    /// Installs the probe with a manifest that asks for `requests`, and grants
    /// what the arguments say.
    pub(crate) fn add_probe(&self, requests: &str, arguments: &[&str]) {
        let folder = self.plugin("probe", requests);
        self.add_folder(&folder, arguments);
    }

    /// A folder with a guest's component, and its manifest with `requests`
    /// after it.
    pub(crate) fn plugin(&self, guest: &str, requests: &str) -> PathBuf {
        let from = plugin_folder(guest);
        let component = format!("{guest}.wasm");
        let folder = self.path(&format!("plugins/{guest}"));
        fs::create_dir_all(&folder).expect("a plugin's folder");
        fs::copy(from.join(&component), folder.join(&component))
            .expect("the guests are built by `cargo xtask build`");
        let manifest = fs::read_to_string(from.join("plugin.toml")).expect("a manifest");
        fs::write(
            folder.join("plugin.toml"),
            format!("{manifest}\n{requests}\n"),
        )
        .expect("written");
        folder
    }

    /// A plugin's folder with this manifest and this component.
    pub(crate) fn made_plugin(&self, manifest: &str, component: &[u8]) -> PathBuf {
        let folder = self.path("plugins/made");
        fs::create_dir_all(&folder).expect("a plugin's folder");
        fs::write(folder.join("plugin.toml"), manifest).expect("written");
        fs::write(folder.join("made.wasm"), component).expect("written");
        folder
    }

    /// Runs the program to its end, with no terminal and no input.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).stdin(Stdio::null()).output();
        Ran::new(&output.expect("the program runs"))
    }

    /// `serve` on pipes of the test's own; nobody reads its log.
    pub(crate) fn serve_on_pipes(&self) -> Child {
        let mut command = self.command(&["serve"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::null());
        command.spawn().expect("it starts")
    }

    /// The program with these arguments, for this home, with nothing of ours
    /// in its environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .current_dir(self.path("work"))
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PORTCULLIS_CONFIG", self.config())
            .env("PORTCULLIS_DATA", self.data())
            .envs(self.variables.iter().copied());
        // What a process needs to run at all on some systems.
        for name in ["PATH", "SystemRoot", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    /// A path in this home.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Makes a folder in this home, and gives its path as text.
    pub(crate) fn folder(&self, below: &str) -> String {
        let folder = self.path(below);
        fs::create_dir_all(&folder).expect("a folder");
        path(&folder).to_owned()
    }

    /// The config file.
    pub(crate) fn config(&self) -> PathBuf {
        self.path("portcullis.toml")
    }

    /// The lock file.
    pub(crate) fn lock(&self) -> PathBuf {
        self.path("portcullis.lock")
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// Puts lines before what the config holds.
    pub(crate) fn configure(&self, lines: &str) {
        let before = fs::read_to_string(self.config()).unwrap_or_default();
        fs::write(self.config(), format!("{lines}\n{before}")).expect("written");
    }

    /// Lets a granted origin be reached at loopback addresses, which only the
    /// config can grant.
    pub(crate) fn grant_loopback(&self, origin: &str) {
        let config = fs::read_to_string(self.config()).expect("a config");
        let granted = format!("{{ host = \"{origin}\", addresses = [\"127.0.0.0/8\"] }}");
        let config = config.replace(&format!("\"{origin}\""), &granted);
        fs::write(self.config(), config).expect("written");
    }

    /// Everything that says what is installed: the config, the lock file, and
    /// the files in the store.
    pub(crate) fn installed(&self) -> Installed {
        Installed {
            config: fs::read_to_string(self.config()).ok(),
            lock: fs::read_to_string(self.lock()).ok(),
            store: files(&self.data().join("store")),
            descriptions: files(&self.data().join("descriptions")),
        }
    }

    /// The compiled code in the cache.
    pub(crate) fn artifacts(&self) -> Vec<PathBuf> {
        let mut files = files(&self.data().join("cache"));
        files.retain(|file| file.extension().is_some_and(|kind| kind == "cwasm"));
        files
    }

    /// The text with everything that differs from run to run replaced.
    pub(crate) fn redacted(&self, text: &str) -> String {
        let home = path(self.folder.path()).to_owned();
        let real = self.folder.path().canonicalize().expect("it exists");
        text.replace(path(&real), "[home]")
            .replace(&home, "[home]")
            .replace(path(&root()), "[root]")
    }
}

/// What [`Home::installed`] gives; equal where nothing was left behind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Installed {
    config: Option<String>,
    lock: Option<String>,
    store: Vec<PathBuf>,
    descriptions: Vec<PathBuf>,
}

impl Ran {
    pub(crate) fn new(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Its stdout, if it succeeded.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!(
            self.code, 0,
            "stdout: {}\nstderr: {}",
            self.stdout, self.stderr
        );
        self.stdout
    }

    /// Its stdout as JSON, if it succeeded.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        let stdout = self.done();
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
    }

    /// Its stderr, if it failed with this code and printed nothing else.
    #[track_caller]
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!(
            self.code, code,
            "stdout: {}\nstderr: {}",
            self.stdout, self.stderr
        );
        assert_eq!(self.stdout, "", "an error is on stderr alone");
        self.stderr
    }
}

/// The files of a folder, in order; none if there is no folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
}

/// A path as text.
pub(crate) fn path(path: &Path) -> &str {
    path.to_str().expect("scratch paths are Unicode")
}

/// The folder of a plugin, or of a guest that tests use.
pub(crate) fn plugin_folder(name: &str) -> PathBuf {
    let plugin = root().join("plugins").join(name);
    if plugin.is_dir() {
        plugin
    } else {
        root().join("tests/guests").join(name)
    }
}

/// The workspace.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("the tests are run by cargo");
    let here = Path::new(&here);
    here.ancestors()
        .nth(2)
        .expect("two folders below the workspace")
        .to_owned()
}

/// The program: the one that `cargo xtask test` names, else the one beside
/// this test program.
pub(crate) fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("PORTCULLIS_BIN") {
        return named.into();
    }
    let this = std::env::current_exe().expect("this program has a path");
    let folder = this
        .ancestors()
        .nth(2)
        .expect("tests are two folders below the target's");
    folder
        .join("portcullis")
        .with_extension(std::env::consts::EXE_EXTENSION)
}
