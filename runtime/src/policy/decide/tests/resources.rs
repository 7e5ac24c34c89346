//! The URIs of a directory's files.

use super::*;

fn asks(name: &str, resources: Option<&str>) -> FilesystemRequest {
    FilesystemRequest {
        name: name.to_owned(),
        access: Access::Read,
        resources: resources.map(str::to_owned),
        reason: None,
    }
}

#[test]
fn files_are_resources_where_the_directory_is_granted() {
    let request = Request {
        filesystem: vec![
            asks("notes", Some("notes:///{path}")),
            asks("drafts", Some("drafts:///{path}")),
            asks("plain", None),
        ],
        ..Request::default()
    };
    let mounts = policy(
        &request,
        &grants(&["filesystem.notes=/n", "filesystem.plain=/p"]),
    )
    .filesystem;
    let seen: Vec<_> = mounts
        .iter()
        .map(|mount| (mount.name.as_str(), mount.resources.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [("notes", Some("notes:///{path}")), ("plain", None)],
        "drafts is not granted"
    );
}

#[test]
fn directories_of_any_name_have_uris_of_their_own() {
    let request = Request {
        filesystem: vec![
            asks(ANY_DIRECTORY, Some("fs://file/{path}")),
            asks("drafts", Some("drafts:///{path}")),
        ],
        ..Request::default()
    };
    let flags = ["filesystem.a=/a", "filesystem.b=/b", "filesystem.drafts=/d"];
    let uris: Vec<_> = policy(&request, &grants(&flags))
        .filesystem
        .into_iter()
        .filter_map(|mount| mount.resources)
        .collect();
    assert_eq!(
        uris,
        [
            "fs://file/a/{path}",
            "fs://file/b/{path}",
            "drafts:///{path}"
        ]
    );
}
