//! `subscriptions/listen`, and its legacy counterparts.

use serde::Serialize;

use super::Dispatcher;
use super::caller::Caller;
use super::changes::Listener;
use super::conversation::Outgoing;
use super::outbound::Outbound;
use super::result;
use super::session::Session;
use crate::protocol::RpcError;
use crate::protocol::jsonrpc::{self, Id};
use crate::protocol::members::Members;
use crate::protocol::subscriptions::{
    ACKNOWLEDGED, Filter, MAX_NAMES, PROMPTS_CHANGED, Params, RESOURCE_UPDATED, RESOURCES_CHANGED,
    SubscriptionMeta, TASK, TOOLS_CHANGED,
};
use crate::protocol::tasks::TaskParams;

impl Dispatcher {
    /// Tells a modern client of changes for as long as it listens. Ends with
    /// the runtime, or with the stream of messages that it came by.
    pub(super) async fn listen(
        &self,
        id: &Id,
        params: &Members<'_>,
        caller: &Caller<'_>,
        session: Option<&Session>,
    ) -> Result<Vec<u8>, RpcError> {
        let wanted = Filter::parse(params)?;
        if !wanted.tasks.is_empty() {
            caller.must_take_tasks()?;
        }
        if wanted.resources || !wanted.uris.is_empty() {
            self.listeners.care_for_resources();
        }
        let acknowledged = Params {
            subscription: Some(id),
            member: Some(("notifications", &wanted)),
        };
        let first = jsonrpc::notification(ACKNOWLEDGED, &acknowledged);
        let listener = self.listeners.listen(wanted);
        let telling = async {
            if caller.outbound.send(Outgoing::News(first)).await.is_ok() {
                self.tell(&listener, Some(id), &caller.outbound).await;
            }
        };
        let mut stop = self.stop.clone();
        tokio::select! {
            () = telling => {}
            _ = stop.wait_for(|stop| *stop) => {}
            () = closed(session) => {}
        }
        Ok(result::subscription_ended(&SubscriptionMeta(id)))
    }

    /// Tells a legacy client of changes until it is gone or its session ends.
    pub(super) async fn announce(&self, session: &Session, outbound: &Outbound) {
        let listener = session.listener(&self.listeners);
        tokio::select! {
            () = self.tell(&listener, None, outbound) => {}
            () = closed(Some(session)) => {}
            () = outbound.closed() => {}
        }
    }

    /// Returns when the client is gone.
    async fn tell(&self, listener: &Listener, id: Option<&Id>, outbound: &Outbound) {
        loop {
            let untold = listener.untold().await;
            for message in self.messages(&untold, id).await {
                if outbound.send(Outgoing::News(message)).await.is_err() {
                    return;
                }
            }
        }
    }

    /// The state of a task; nothing if it cannot be told, as when it expired.
    async fn task_message(&self, task: &str, id: &Id) -> Option<Vec<u8>> {
        let task = self.tasks.get(task).await.ok()??;
        let params = TaskParams {
            task: &task,
            subscription: SubscriptionMeta(id),
        };
        Some(jsonrpc::notification(TASK, &params))
    }

    async fn messages(&self, untold: &Filter, id: Option<&Id>) -> Vec<Vec<u8>> {
        let mut messages = Vec::new();
        let lists = [
            (untold.tools, TOOLS_CHANGED),
            (untold.prompts, PROMPTS_CHANGED),
            (untold.resources, RESOURCES_CHANGED),
        ];
        for (_, method) in lists.into_iter().filter(|(changed, _)| *changed) {
            messages.push(notification(method, id, None::<(_, ())>));
        }
        if let Some(id) = id {
            for task in &untold.tasks {
                messages.extend(self.task_message(task, id).await);
            }
        }
        for uri in &untold.uris {
            messages.push(notification(RESOURCE_UPDATED, id, Some(("uri", uri))));
        }
        messages
    }

    /// `resources/subscribe` and `resources/unsubscribe` of a legacy session.
    pub(super) fn subscribe(
        &self,
        method: &str,
        params: &Members<'_>,
        caller: &Caller<'_>,
        session: &Session,
    ) -> Result<Vec<u8>, RpcError> {
        let uri = params.string("uri")?.into_owned();
        self.listeners.care_for_resources();
        let listener = session.listener(&self.listeners);
        listener.want(|wanted| {
            if method == "resources/unsubscribe" {
                wanted.uris.remove(&uri);
            } else if wanted.uris.len() < MAX_NAMES {
                wanted.uris.insert(uri);
            } else {
                return Err(RpcError::invalid_request(format!(
                    "this session has {MAX_NAMES} subscriptions, which is the limit"
                )));
            }
            Ok(())
        })?;
        Ok(result::empty(caller))
    }
}

fn notification<T: Serialize>(
    method: &str,
    subscription: Option<&Id>,
    member: Option<(&'static str, T)>,
) -> Vec<u8> {
    let params = Params {
        subscription,
        member,
    };
    jsonrpc::notification(method, &params)
}

async fn closed(session: Option<&Session>) {
    match session {
        Some(session) => session.closed().await,
        None => std::future::pending().await,
    }
}
