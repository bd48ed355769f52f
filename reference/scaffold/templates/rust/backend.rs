// A backend of the golden suite, with the standard library alone: rustc -O backend.rs
//
//     backend QUESTION ANSWER     files, or folders with files of the same names
//     backend                     a server: questions on standard input, answers on standard output
//
// Add operations to `operation`. What they take stands in ops.json, by which questions are checked.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::path::Path;

#[derive(Debug)]
enum Error {
    Refused(String), // the question must be refused
    Lacks(String),   // there is no such operation here
    Failed(String),
}
use Error::{Failed, Lacks, Refused};

type Result<T> = std::result::Result<T, Error>;

impl Error {
    fn message(&self) -> &str {
        match self {
            Refused(m) | Lacks(m) | Failed(m) => m,
        }
    }
}

fn refuse<T>(message: String) -> Result<T> {
    Err(Refused(message))
}

fn failed(e: impl std::fmt::Display) -> Error {
    Failed(e.to_string())
}

#[derive(Clone)]
struct Tensor {
    shape: Vec<usize>,
    data: Vec<f64>,
}

type Tensors = BTreeMap<String, Tensor>;

// An operation takes inputs, cotangents and attributes and returns outputs and gradients by their
// full names. Gradients that are not asked for are dropped.
type Operation = fn(&Tensors, &Tensors, &BTreeMap<String, Json>) -> Tensors;

fn operation(name: &str) -> Option<Operation> {
    match name {
        "relu" => Some(relu),
        _ => None,
    }
}

fn relu(ins: &Tensors, cts: &Tensors, _attrs: &BTreeMap<String, Json>) -> Tensors {
    let x = &ins["x"];
    let mut answer = Tensors::new();
    let y = x.data.iter().map(|v| v.max(0.0)).collect();
    answer.insert("out/y".into(), Tensor { shape: x.shape.clone(), data: y });
    if let Some(ct) = cts.get("y") {
        let g = x.data.iter().zip(&ct.data).map(|(&v, &c)| if v > 0.0 { c } else { 0.0 }).collect();
        answer.insert("grad/x".into(), Tensor { shape: x.shape.clone(), data: g });
    }
    answer
}

// JSON.

#[derive(Clone, Debug, PartialEq)]
enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    fn parse(text: &[u8]) -> Result<Json> {
        let mut p = Parser { text, at: 0 };
        p.value()
    }
    fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(o) => o.get(name),
            _ => None,
        }
    }
    fn text(&self) -> &str {
        match self {
            Json::Text(t) => t,
            _ => "",
        }
    }
    fn number(&self) -> f64 {
        match self {
            Json::Number(v) => *v,
            _ => f64::NAN,
        }
    }
    fn list(&self) -> &[Json] {
        match self {
            Json::List(l) => l,
            _ => &[],
        }
    }
    fn object(&self) -> BTreeMap<String, Json> {
        match self {
            Json::Object(o) => o.clone(),
            _ => BTreeMap::new(),
        }
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn wrong<T>(&self) -> Result<T> {
        refuse(format!("found no JSON at byte {}", self.at))
    }
    fn peek(&mut self) -> u8 {
        while self.at < self.text.len() && self.text[self.at].is_ascii_whitespace() {
            self.at += 1;
        }
        *self.text.get(self.at).unwrap_or(&0)
    }
    fn take(&mut self, c: u8) -> Result<()> {
        if self.peek() != c {
            return self.wrong();
        }
        self.at += 1;
        Ok(())
    }
    fn word(&mut self, word: &str, v: Json) -> Result<Json> {
        if !self.text[self.at..].starts_with(word.as_bytes()) {
            return self.wrong();
        }
        self.at += word.len();
        Ok(v)
    }
    fn value(&mut self) -> Result<Json> {
        match self.peek() {
            b'{' => {
                self.at += 1;
                let mut all = BTreeMap::new();
                while self.peek() != b'}' {
                    if !all.is_empty() {
                        self.take(b',')?;
                        self.peek();
                    }
                    let name = self.string()?;
                    self.take(b':')?;
                    let v = self.value()?;
                    all.insert(name, v);
                }
                self.at += 1;
                Ok(Json::Object(all))
            }
            b'[' => {
                self.at += 1;
                let mut all = Vec::new();
                while self.peek() != b']' {
                    if !all.is_empty() {
                        self.take(b',')?;
                    }
                    all.push(self.value()?);
                }
                self.at += 1;
                Ok(Json::List(all))
            }
            b'"' => Ok(Json::Text(self.string()?)),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'n' => self.word("null", Json::Null),
            _ => {
                let begin = self.at;
                while self.at < self.text.len() && b"+-.eE0123456789".contains(&self.text[self.at]) {
                    self.at += 1;
                }
                match std::str::from_utf8(&self.text[begin..self.at]).unwrap_or("").parse() {
                    Ok(v) => Ok(Json::Number(v)),
                    Err(_) => self.wrong(),
                }
            }
        }
    }
    fn string(&mut self) -> Result<String> {
        self.take(b'"')?;
        let mut units: Vec<u8> = Vec::new();
        while self.at < self.text.len() {
            let c = self.text[self.at];
            self.at += 1;
            match c {
                b'"' => return String::from_utf8(units).map_err(failed),
                b'\\' => {
                    let e = *self.text.get(self.at).unwrap_or(&0);
                    self.at += 1;
                    let c = match e {
                        b'n' => '\n',
                        b't' => '\t',
                        b'r' => '\r',
                        b'b' => '\u{8}',
                        b'f' => '\u{c}',
                        b'u' => {
                            let hex = self.text.get(self.at..self.at + 4).unwrap_or(b"");
                            self.at += 4;
                            let code = u32::from_str_radix(std::str::from_utf8(hex).unwrap_or(""), 16).map_err(failed)?;
                            char::from_u32(code).unwrap_or('\u{fffd}')
                        }
                        other => other as char,
                    };
                    units.extend(c.to_string().as_bytes());
                }
                other => units.push(other),
            }
        }
        self.wrong()
    }
}

fn quoted(text: &str) -> String {
    let mut q = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => q.extend(['\\', c]),
            c if (c as u32) < 0x20 => q.push_str(&format!("\\u{:04x}", c as u32)),
            c => q.push(c),
        }
    }
    q + "\""
}

// The format: 8 bytes of little-endian header length, a JSON header, raw little-endian data.

struct Question {
    op: String,
    attrs: BTreeMap<String, Json>,
    ins: Tensors,
    cts: Tensors,
}

fn parse(content: &[u8]) -> Result<Question> {
    let head: [u8; 8] = content.get(..8).and_then(|h| h.try_into().ok()).ok_or(Refused("found no header".into()))?;
    let end = 8usize.saturating_add(u64::from_le_bytes(head) as usize);
    let header = Json::parse(content.get(8..end).ok_or(Refused("found no header".into()))?)?;
    let data = &content[end..];
    let none = Json::Null;
    let meta = |name: &str| header.get("__metadata__").and_then(|m| m.get(name)).unwrap_or(&none).text().to_string();
    if meta("format") != "entrec-golden/1" {
        return refuse(format!("found format {}, expected entrec-golden/1", meta("format")));
    }
    let mut q = Question { op: meta("op"), attrs: Json::parse(meta("attrs").as_bytes())?.object(), ins: Tensors::new(), cts: Tensors::new() };
    for (name, t) in header.object() {
        let (prefix, rest) = name.split_once('/').unwrap_or(("", ""));
        let into = match prefix {
            "in" => &mut q.ins,
            "ct" => &mut q.cts,
            _ => continue,
        };
        let sizes = |key: &str| -> Vec<usize> { t.get(key).unwrap_or(&none).list().iter().map(|v| v.number() as usize).collect() };
        let offsets = sizes("data_offsets");
        let raw = offsets.first().zip(offsets.get(1)).and_then(|(&b, &e)| data.get(b..e)).ok_or(Refused(format!("{name} lies beyond the file")))?;
        let data = if t.get("dtype").unwrap_or(&none).text() == "F32" {
            raw.chunks_exact(4).map(|c| f32::from_le_bytes(c.try_into().unwrap()) as f64).collect()
        } else {
            raw.chunks_exact(8).map(|c| f64::from_le_bytes(c.try_into().unwrap())).collect()
        };
        into.insert(rest.to_string(), Tensor { shape: sizes("shape"), data });
    }
    Ok(q)
}

fn dump(tensors: &Tensors) -> Vec<u8> {
    let (mut header, mut data) = (Vec::new(), Vec::new());
    for (name, t) in tensors {
        let begin = data.len();
        for v in &t.data {
            data.extend((*v as f32).to_le_bytes());
        }
        header.push(format!("{}:{{\"dtype\":\"F32\",\"shape\":{:?},\"data_offsets\":[{},{}]}}", quoted(name), t.shape, begin, data.len()));
    }
    let text = format!("{{{}}}", header.join(","));
    let mut content = (text.len() as u64).to_le_bytes().to_vec();
    content.extend(text.as_bytes());
    content.extend(data);
    content
}

// What must be refused.

fn check(spec: &Json, q: &mut Question) -> Result<()> {
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    let mut any: Option<Vec<usize>> = None;
    let inputs = spec.get("inputs").unwrap_or(&Json::Null).object();
    for (name, i) in &inputs {
        let Some(x) = q.ins.get(name) else {
            if i.get("optional") != Some(&Json::Bool(true)) {
                return refuse(format!("input {name} is missing"));
            }
            continue;
        };
        if x.shape.contains(&0) || x.shape.iter().product::<usize>() != x.data.len() {
            return refuse(format!("input {name} is empty"));
        }
        let shapes = i.get("shapes").unwrap_or(&Json::Null);
        let fits = shapes.list().iter().map(Json::text).find(|s| *s == "*" || s.split(',').count() == x.shape.len());
        let Some(fits) = fits else {
            return refuse(format!("input {name}: found shape {:?}, expected {:?}", x.shape, shapes));
        };
        if fits == "*" {
            let expected = any.get_or_insert(x.shape.clone());
            if *expected != x.shape {
                return refuse(format!("input {name}: found shape {:?}, expected {:?}", x.shape, expected));
            }
            continue;
        }
        for (letter, &size) in fits.split(',').zip(&x.shape) {
            let expected = *sizes.entry(letter.to_string()).or_insert(letter.parse().unwrap_or(size));
            if expected != size {
                return refuse(format!("input {name}: found shape {:?}, expected ({fits}) with {letter} = {expected}", x.shape));
            }
        }
    }
    for name in q.ins.keys() {
        if !inputs.contains_key(name) {
            return refuse(format!("there is no input {name}"));
        }
    }
    let known = spec.get("attributes").unwrap_or(&Json::Null).object();
    for (name, a) in &known {
        if let (Some(default), false) = (a.get("default"), q.attrs.contains_key(name)) {
            q.attrs.insert(name.clone(), default.clone());
        }
        if !q.attrs.get(name).is_some_and(|v| suits(a, v)) {
            return refuse(format!("attribute {name}: found {:?}, expected {:?}", q.attrs.get(name), a));
        }
    }
    for name in q.attrs.keys() {
        if name != "wrt" && !known.contains_key(name) {
            return refuse(format!("there is no attribute {name}"));
        }
    }
    let mut seen = BTreeSet::new();
    for name in wrt(&q.attrs) {
        let constant = inputs.get(&name).and_then(|i| i.get("constant")) == Some(&Json::Bool(true));
        if !q.ins.contains_key(&name) || constant || !seen.insert(name.clone()) {
            return refuse(format!("wrt: {name} has no gradient, or stands twice"));
        }
    }
    if !seen.is_empty() && q.cts.is_empty() {
        return refuse("gradients are asked for, but there is no cotangent".into());
    }
    Ok(())
}

fn wrt(attrs: &BTreeMap<String, Json>) -> Vec<String> {
    attrs.get("wrt").unwrap_or(&Json::Null).list().iter().map(|v| v.text().to_string()).collect()
}

fn suits(a: &Json, v: &Json) -> bool {
    match (a.get("kind").unwrap_or(&Json::Null).text(), v) {
        ("flag", Json::Bool(_)) => true,
        ("choice", Json::Text(_)) => a.get("of").unwrap_or(&Json::Null).list().contains(v),
        (kind @ ("number" | "whole"), Json::Number(v)) => {
            let bound = |name: &str, ok: fn(f64, f64) -> bool| a.get(name).is_none_or(|b| ok(*v, b.number()));
            v.is_finite()
                && (kind == "number" || v.fract() == 0.0 && v.abs() <= 2147483648.0)
                && bound("least", |v, b| v >= b)
                && bound("above", |v, b| v > b)
                && bound("most", |v, b| v <= b)
                && bound("below", |v, b| v < b)
        }
        _ => false,
    }
}

fn answer(content: &[u8]) -> Result<Vec<u8>> {
    let mut q = parse(content)?;
    let Some(f) = operation(&q.op) else {
        return Err(Lacks(format!("there is no operation {}", q.op)));
    };
    let specs = Json::parse(include_str!("ops.json").as_bytes())?;
    check(specs.get(&q.op).unwrap_or(&Json::Null), &mut q)?;
    let mut tensors = f(&q.ins, &q.cts, &q.attrs);
    for (name, ct) in &q.cts {
        if tensors.get(&format!("out/{name}")).map(|t| &t.shape) != Some(&ct.shape) {
            return refuse(format!("cotangent {name} is of no output"));
        }
    }
    let asked = wrt(&q.attrs);
    tensors.retain(|name, _| name.strip_prefix("grad/").is_none_or(|of| asked.iter().any(|n| n == of)));
    Ok(dump(&tensors))
}

// The modes.

fn one(question: &Path, to: &Path) -> Result<()> {
    let content = answer(&std::fs::read(question).map_err(failed)?)?;
    std::fs::write(to, content).map_err(failed)
}

fn folder(questions: &Path, answers: &Path) -> Result<()> {
    let mut lacking = Vec::new();
    for entry in std::fs::read_dir(questions).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().to_string();
        let Some(case) = name.strip_suffix(".safetensors") else { continue };
        match one(&questions.join(&name), &answers.join(&name)) {
            Ok(()) => (),
            Err(Lacks(m)) => lacking.push(format!("{}:{}", quoted(case), quoted(&m))),
            Err(e) => eprintln!("{name}: {}", e.message()), // leave this answer out: it is asked again
        }
    }
    let declared = format!("{{\"lacks\":{{\"cases\":{{{}}}}}}}", lacking.join(","));
    std::fs::write(answers.join("backend.json"), declared).map_err(failed)
}

fn serve() -> Result<()> {
    let (mut source, mut sink) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut head = [0u8; 8];
    while source.read_exact(&mut head).is_ok() {
        let mut content = vec![0; u64::from_le_bytes(head) as usize];
        source.read_exact(&mut content).map_err(failed)?;
        let (status, body) = match answer(&content) {
            Ok(body) => (0u8, body),
            Err(Lacks(m)) => (3, m.into_bytes()),
            Err(Refused(m)) => (1, m.into_bytes()),
            Err(e) => return Err(e),
        };
        sink.write_all(&[status]).map_err(failed)?;
        sink.write_all(&(body.len() as u64).to_le_bytes()).map_err(failed)?;
        sink.write_all(&body).map_err(failed)?;
        sink.flush().map_err(failed)?;
    }
    Ok(())
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.as_slice() {
        [] => serve(),
        [question, to] if Path::new(question).is_dir() => folder(Path::new(question), Path::new(to)),
        [question, to] => one(Path::new(question), Path::new(to)),
        _ => Err(Failed("usage: backend QUESTION ANSWER".into())),
    };
    if let Err(e) = done {
        eprintln!("{}", e.message());
        std::process::exit(if matches!(e, Lacks(_)) { 3 } else { 1 });
    }
}
