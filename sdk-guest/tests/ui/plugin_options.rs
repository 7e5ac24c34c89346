use portcullis_sdk::plugin;

#[plugin(name = "hello")]
mod hello {}

fn main() {}
