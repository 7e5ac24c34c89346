//! A guest that keeps values in its store: each is a resource, and its change is
//! told.

#![forbid(unsafe_code)]

use portcullis_sdk::plugin;

#[plugin]
mod keeper {
    use portcullis_sdk::store::{self, Bucket};
    use portcullis_sdk::{Resource, Result, changes};

    /// Keep a value.
    #[tool]
    pub(crate) fn keep(key: String, value: String) -> Result<String> {
        let before = store::default_bucket()?.exists(&key)?;
        store::default_bucket()?.set(&key, &value)?;
        if !before {
            changes::resources_changed();
        }
        changes::resource_updated(format!("keeper://{key}"));
        Ok(format!("kept {} bytes", value.len()))
    }

    /// Keep a value of so many bytes.
    #[tool]
    pub(crate) fn fill(key: String, bytes: usize) -> Result<String> {
        store::default_bucket()?.set(&key, "x".repeat(bytes))?;
        Ok(format!("kept {bytes} bytes"))
    }

    /// Give a value back.
    #[tool]
    pub(crate) fn recall(key: String) -> Result<String> {
        let value = store::default_bucket()?.get_text(&key)?;
        Ok(value.unwrap_or_else(|| "nothing is kept".to_owned()))
    }

    /// Forget a value.
    #[tool]
    pub(crate) fn forget(key: String) -> Result<String> {
        store::default_bucket()?.delete(&key)?;
        changes::resources_changed();
        Ok("forgotten".to_owned())
    }

    /// List the keys, one a line.
    #[tool]
    pub(crate) fn keys(
        /// In which bucket
        #[default("default".to_owned())]
        bucket: String,
    ) -> Result<String> {
        Ok(Bucket::open(&bucket)?.keys()?.join("\n"))
    }

    /// Add to a number.
    #[tool]
    pub(crate) fn increment(key: String, by: u64) -> Result<u64> {
        Ok(store::default_bucket()?.increment(&key, by)?)
    }

    /// Keep many values at once: each key is its own.
    #[tool]
    pub(crate) fn keep_all(bucket: String, keys: Vec<String>) -> Result<String> {
        let many = keys.len();
        let pairs = keys.into_iter().map(|key| (key.clone(), key));
        Bucket::open(&bucket)?.set_many(pairs)?;
        Ok(format!("kept {many} values"))
    }

    /// Say, over and over, that everything is another than before.
    #[tool]
    pub(crate) fn announce(key: String, times: u32) -> String {
        for _ in 0..times {
            changes::tools_changed();
            changes::prompts_changed();
            changes::resources_changed();
            changes::resource_updated(format!("keeper://{key}"));
        }
        format!("announced {times} times")
    }

    /// A value.
    #[resource("keeper://{key}", mime_type = "text/plain")]
    pub(crate) fn value(key: String) -> Result<Option<String>> {
        Ok(store::default_bucket()?.get_text(&key)?)
    }

    #[list_resources]
    pub(crate) fn values() -> Result<Vec<Resource>> {
        // Without a store there is nothing to list.
        let Ok(bucket) = store::default_bucket() else {
            return Ok(Vec::new());
        };
        let keys = bucket.keys()?.into_iter();
        Ok(keys
            .map(|key| Resource::new(format!("keeper://{key}"), key))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::keeper;
    use portcullis_sdk::testing::{self, Change};
    use portcullis_sdk::{Value, json};

    fn call(tool: &str, arguments: Value) -> String {
        let output = keeper::plugin().call_tool(tool, arguments);
        output.unwrap_or_else(|error| panic!("{error}")).to_text()
    }

    #[test]
    fn what_is_kept_is_there_and_told() {
        assert_eq!(
            call("keep", json!({ "key": "a", "value": "1" })),
            "kept 1 bytes"
        );
        assert_eq!(
            testing::changes(),
            [Change::Resources, Change::Resource("keeper://a".to_owned())]
        );
        assert_eq!(call("recall", json!({ "key": "a" })), "1");
        assert_eq!(call("increment", json!({ "key": "a", "by": 2 })), "3");
        let both = json!({ "bucket": "b", "keys": ["x", "y"] });
        assert_eq!(call("keep_all", both), "kept 2 values");
        assert_eq!(call("keys", json!({ "bucket": "b" })), "x\ny");
        assert_eq!(call("keys", json!({})), "a");
        call("forget", json!({ "key": "a" }));
        assert_eq!(call("recall", json!({ "key": "a" })), "nothing is kept");
    }

    #[test]
    fn nothing_is_kept_where_nothing_is_granted() {
        testing::set_store_granted(false);
        let output = keeper::plugin().call_tool("recall", json!({ "key": "a" }));
        assert!(output.unwrap_err().message().contains("granted"));
    }
}
