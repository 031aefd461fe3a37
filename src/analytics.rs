//! Data points for Analytics Engine, if its binding is there: one for each log line of a request or an upgrade.

use auth::LogLine;
use worker::{
    Env,
    js_sys::{Array, Function, JSON, Object, Reflect},
    wasm_bindgen::{JsCast, JsValue},
};

/// The binding of the dataset.
const DATASET: &str = "ANALYTICS";
/// The fields of a line that become the blobs of its point, in this order: `blob1` is the event. The user is not among
/// them, because a dataset can't be forgotten selectively.
const BLOBS: [&str; 5] = ["event", "outcome", "country", "colo", "format"];

/// Writes a point for each line. Nothing waits for it, and a dataset that fails changes no answer.
pub(crate) fn write(env: &Env, lines: &[LogLine]) {
    // To ask something that is no object would throw, and each exception costs the instance a place in its table.
    let Some(dataset) = get(env, DATASET).ok().filter(JsValue::is_object) else { return };
    let Some(write) = get(&dataset, "writeDataPoint").ok().and_then(|write| write.dyn_into::<Function>().ok()) else {
        return;
    };
    for line in lines {
        if let Some(point) = point(line) {
            let _ = write.call1(&dataset, &point);
        }
    }
}

/// A line without an outcome, such as that of a wrong variable, has no point.
fn point(line: &LogLine) -> Option<Object> {
    let fields = JSON::parse(&line.json).ok()?;
    let blobs: Array = BLOBS.iter().map(|name| get(&fields, name).unwrap_or_default()).collect();
    let outcome = get(&fields, "outcome").ok().filter(JsValue::is_string)?;
    let point = Object::new();
    Reflect::set(&point, &"blobs".into(), &blobs).ok()?;
    // What is sampled if there are too many points: each outcome on its own, so that rare ones are kept.
    Reflect::set(&point, &"indexes".into(), &Array::of1(&outcome)).ok()?;
    Some(point)
}

fn get(of: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    Reflect::get(of, &name.into())
}
