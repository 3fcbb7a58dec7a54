//! Elements, built by calls and without types of their own.
//!
//! Leptos' reactive graph gives signals, memos, effects and who owns them. Its typed views would bring a
//! copy of their code for each shape of element, which costs the page more bytes than all its own logic; here
//! an element is a handle, and what changes about it is an effect that lives as long as the owner it was made
//! under.

mod listener;
mod part;
pub(crate) mod resized;

use reactive_graph::effect::RenderEffect;
use reactive_graph::graph::ToAnySubscriber;
use reactive_graph::owner::{Owner, StoredValue};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlElement, Node};

pub(crate) use crate::kept::{Held, Known, memo};
pub(crate) use listener::{listen, listen_to_window};
pub(crate) use part::{Item, list, nothing, part, when};
pub(crate) use reactive_graph::graph::untrack;

use crate::kept::forget;
use crate::page;

/// The namespace of drawings.
const SVG: &str = "http://www.w3.org/2000/svg";

/// An element, or a run of nodes without one around them ([`part`], [`list`]).
#[derive(Clone)]
pub(crate) struct El(Node);

/// An element with a class; an empty class sets none.
pub(crate) fn el(tag: &str, class: &str) -> El {
    let Some(document) = page::document() else {
        unreachable!("a page has a document")
    };
    let element = match document.create_element(tag) {
        Ok(element) => element,
        Err(_) => unreachable!("names of elements are written here"),
    };
    let built = El(element.into());
    if class.is_empty() {
        built
    } else {
        built.attr("class", class)
    }
}

/// An element of a drawing.
pub(crate) fn svg(tag: &str) -> El {
    let made = page::document().map(|document| document.create_element_ns(Some(SVG), tag));
    match made {
        Some(Ok(element)) => El(element.into()),
        _ => unreachable!("names of elements are written here"),
    }
}

impl El {
    fn element(&self) -> &Element {
        self.0.unchecked_ref()
    }

    /// The element itself, for what needs its size, its scrolling or its focus.
    pub(crate) fn html(&self) -> HtmlElement {
        self.0.clone().unchecked_into()
    }

    /// Sets an attribute.
    pub(crate) fn attr(self, name: &str, value: &str) -> Self {
        let _ = self.element().set_attribute(name, value);
        self
    }

    /// Sets the name that tests know it by.
    pub(crate) fn test(self, id: &str) -> Self {
        self.attr("data-testid", id)
    }

    /// An attribute that follows what `read` reads.
    pub(crate) fn attr_now(
        self,
        name: &'static str,
        read: impl FnMut() -> String + 'static,
    ) -> Self {
        self.attr_follows(name, Box::new(read))
    }

    fn attr_follows(self, name: &'static str, mut read: Box<dyn FnMut() -> String>) -> Self {
        let element = self.element().clone();
        follow(move || {
            let _ = element.set_attribute(name, &read());
        });
        self
    }

    /// `true` or `false` in an attribute such as `aria-expanded`.
    pub(crate) fn says(self, name: &'static str, mut read: impl FnMut() -> bool + 'static) -> Self {
        self.attr_now(name, move || read().to_string())
    }

    /// A class that is there while `read` says so.
    pub(crate) fn flag(self, class: &'static str, read: impl FnMut() -> bool + 'static) -> Self {
        self.flag_follows(class, Box::new(read))
    }

    fn flag_follows(self, class: &'static str, mut read: Box<dyn FnMut() -> bool>) -> Self {
        let classes = self.element().class_list();
        follow(move || {
            let _ = classes.toggle_with_force(class, read());
        });
        self
    }

    /// A property, such as `value` or `checked`, that follows what `read` reads.
    pub(crate) fn prop<T: Into<JsValue>>(
        self,
        name: &'static str,
        mut read: impl FnMut() -> T + 'static,
    ) -> Self {
        self.prop_follows(name, Box::new(move || read().into()))
    }

    fn prop_follows(self, name: &'static str, mut read: Box<dyn FnMut() -> JsValue>) -> Self {
        let node = self.0.clone();
        follow(move || {
            let _ = js_sys::Reflect::set(&node, &name.into(), &read());
        });
        self
    }

    /// A property of the style. Not an attribute, which the content security policy forbids.
    pub(crate) fn style(self, name: &'static str, read: impl FnMut() -> String + 'static) -> Self {
        self.style_follows(name, Box::new(read))
    }

    fn style_follows(self, name: &'static str, mut read: Box<dyn FnMut() -> String>) -> Self {
        let style = self.html().style();
        follow(move || {
            let _ = style.set_property(name, &read());
        });
        self
    }

    /// Appends a text.
    pub(crate) fn text(self, text: &str) -> Self {
        self.append(&text_node(text));
        self
    }

    /// Appends a text that follows what `read` reads.
    pub(crate) fn text_now<T: Into<String>>(self, mut read: impl FnMut() -> T + 'static) -> Self {
        self.text_follows(Box::new(move || read().into()))
    }

    fn text_follows(self, mut read: Box<dyn FnMut() -> String>) -> Self {
        let text = text_node("");
        self.append(&text);
        follow(move || text.set_text_content(Some(&read())));
        self
    }

    /// Appends an element.
    pub(crate) fn add(self, child: El) -> Self {
        self.append(&child.0);
        self
    }

    /// Appends elements.
    pub(crate) fn add_all(self, children: impl IntoIterator<Item = El>) -> Self {
        for child in children {
            self.append(&child.0);
        }
        self
    }

    fn append(&self, child: &Node) {
        let _ = self.0.append_child(child);
    }

    /// Does something at each event of this name.
    pub(crate) fn on<E: JsCast>(
        self,
        name: &'static str,
        mut act: impl FnMut(E) + 'static,
    ) -> Self {
        listen(&self.0, name, move |event: Event| {
            act(event.unchecked_into())
        });
        self
    }

    /// Does something when it is pressed.
    pub(crate) fn press(self, mut act: impl FnMut() + 'static) -> Self {
        listen(&self.0, "click", move |_| act());
        self
    }
}

fn text_node(text: &str) -> Node {
    match page::document() {
        Some(document) => document.create_text_node(text).into(),
        None => unreachable!("a page has a document"),
    }
}

/// Does something now, and again whenever what it read changes, as long as the current owner lives.
pub(crate) fn follow(act: impl FnMut() + 'static) {
    followed(Box::new(act));
}

fn followed(mut act: Box<dyn FnMut()>) {
    keep(Box::new(Following(RenderEffect::new(move |_| act()))));
}

/// What is done again and again. What it read forgets it when it goes, and not only at its own next change.
struct Following(RenderEffect<()>);

impl Drop for Following {
    fn drop(&mut self) {
        forget(&self.0.to_any_subscriber());
    }
}

/// Keeps something until the current owner goes.
pub(crate) fn keep(value: Box<dyn std::any::Any>) {
    let _ = StoredValue::new_local(value);
}

/// Starts the executor of the graph, without which nothing follows; the second time changes nothing.
pub(crate) fn start() {
    let _ = any_spawner::Executor::init_wasm_bindgen();
}

/// Builds something into an element; all of it lives as long as what is returned.
pub(crate) fn mount(root: &HtmlElement, build: impl FnOnce() -> El) -> Owner {
    let owner = Owner::new();
    let built = owner.with(build);
    let _ = root.append_child(&built.0);
    owner
}

/// Does something in the background.
pub(crate) fn spawn(act: impl Future<Output = ()> + 'static) {
    let act: std::pin::Pin<Box<dyn Future<Output = ()>>> = Box::pin(act);
    any_spawner::Executor::spawn_local(act);
}

/// The value of the input that an event is about.
pub(crate) fn value_of(event: &Event) -> String {
    let value = event
        .target()
        .and_then(|target| js_sys::Reflect::get(&target, &"value".into()).ok());
    value
        .and_then(|value| value.as_string())
        .unwrap_or_default()
}
