//! Charts as SVG inside a page. Colours are the page's.

use std::fmt::Write;

const WIDTH: f64 = 720.0;
const BAR: f64 = 22.0;
const GAP: f64 = 10.0;
const LABELS: f64 = 310.0;
const VALUES: f64 = 90.0;

/// A bar: what it is of, how long, and its length in words.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) value: f64,
    pub(super) text: String,
}

/// Horizontal bars under each other. Texts are escaped here.
pub(super) fn bars(title: &str, bars: &[Bar]) -> String {
    let longest = bars.iter().map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
    let height = bars.iter().map(|_| BAR + GAP).sum::<f64>() + GAP;
    let mut svg = open(title, height);
    let mut y = GAP;
    for bar in bars {
        let length = (bar.value / longest * (WIDTH - LABELS - VALUES)).max(1.0);
        let (middle, end) = (y + BAR * 0.7, LABELS + length + 8.0);
        let _ = write!(
            svg,
            r#"<text x="{x}" y="{middle}" text-anchor="end">{label}</text><rect class="bar" x="{LABELS}" y="{y}" width="{length:.1}" height="{BAR}" rx="3"/><text class="value" x="{end:.1}" y="{middle}">{text}</text>"#,
            x = LABELS - 10.0,
            label = escape(&bar.label),
            text = escape(&bar.text),
        );
        y += BAR + GAP;
    }
    svg + "</svg>"
}

/// A curve of shares, from 0 to 1, over days.
pub(super) fn curve(title: &str, days: f64, share: impl Fn(f64) -> f64) -> String {
    const HEIGHT: f64 = 240.0;
    let (left, top, width, height) = (50.0, 10.0, WIDTH - 70.0, HEIGHT - 50.0);
    let mut svg = open(title, HEIGHT);
    for percent in [0, 50, 90, 100] {
        let y = top + height * (1.0 - f64::from(percent) / 100.0);
        let _ = write!(
            svg,
            r#"<line class="grid" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/><text x="{x}" y="{text}" text-anchor="end">{percent} %</text>"#,
            right = left + width,
            x = left - 8.0,
            text = y + 4.0,
        );
    }
    for quarter in 0..=4 {
        let part = f64::from(quarter) / 4.0;
        let _ = write!(
            svg,
            r#"<text x="{x}" y="{y}" text-anchor="middle">{day:.0}</text>"#,
            x = left + part * width,
            y = top + height + 20.0,
            day = part * days,
        );
    }
    let points: Vec<String> = (0..=100)
        .map(|step| f64::from(step) / 100.0)
        .map(|part| format!("{:.1},{:.1}", left + part * width, top + height * (1.0 - share(part * days))))
        .collect();
    let _ = write!(svg, r#"<polyline class="curve" points="{}"/>"#, points.join(" "));
    let _ = write!(
        svg,
        r#"<text x="{x}" y="{y}" text-anchor="middle">days</text>"#,
        x = left + width / 2.0,
        y = HEIGHT - 4.0
    );
    svg + "</svg>"
}

fn open(title: &str, height: f64) -> String {
    let title = escape(title);
    format!(r#"<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}"><title>{title}</title>"#)
}

/// A text as HTML has it, in an attribute too.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
