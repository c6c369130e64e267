//! A server on this machine that speaks as much http as the Hub, a bucket of S3 and the web do to a client that only reads.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What goes wrong with one answer, instead of it.
pub enum Fault {
    /// 503, and when to ask again.
    Busy,
    /// The connection ends after so many bytes of the body.
    CutAfter(usize),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub query: String,
    pub headers: BTreeMap<String, String>,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// A dataset of the Hub.
#[derive(Default)]
struct Dataset {
    /// Who may read it; everybody where it is empty.
    token: String,
    /// Commits by the names of branches.
    branches: BTreeMap<String, String>,
    /// The files of each commit.
    commits: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
}

#[derive(Default)]
struct State {
    /// By path.
    files: BTreeMap<String, Vec<u8>>,
    buckets: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    datasets: BTreeMap<String, Dataset>,
    /// Where the Hub leads for its files.
    elsewhere: Option<String>,
    faults: BTreeMap<String, VecDeque<Fault>>,
    log: Vec<Request>,
}

/// Answers until it is dropped, and then no more.
pub struct Server {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub fn new() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = Arc::downgrade(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(state) = shared.upgrade() else { break };
                std::thread::spawn(move || drop(answer(stream, &state)));
            }
        });
        Server { port, state }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The same server as another host.
    pub fn other_host(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    pub fn file(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.with(|state| state.files.insert(path.to_string(), bytes.into()));
    }

    pub fn object(&self, bucket: &str, key: &str, bytes: impl Into<Vec<u8>>) {
        self.with(|state| {
            let objects = state.buckets.entry(bucket.to_string()).or_default();
            objects.insert(key.to_string(), bytes.into())
        });
    }

    /// A commit of a dataset of the Hub, to which a branch leads from now on.
    pub fn commit(&self, dataset: &str, branch: &str, commit: &str, files: &[(&str, Vec<u8>)]) {
        self.with(|state| {
            let dataset = state.datasets.entry(dataset.to_string()).or_default();
            dataset.branches.insert(branch.to_string(), commit.to_string());
            let files = files.iter().map(|(name, bytes)| ((*name).to_string(), bytes.clone()));
            dataset.commits.insert(commit.to_string(), files.collect());
        });
    }

    pub fn needs_token(&self, dataset: &str, token: &str) {
        self.with(|state| state.datasets.entry(dataset.to_string()).or_default().token = token.to_string());
    }

    /// Files of the Hub are at this address, by the same path.
    pub fn leads_to(&self, address: &str) {
        self.with(|state| state.elsewhere = Some(address.to_string()));
    }

    pub fn fault(&self, path: &str, fault: Fault) {
        self.with(|state| state.faults.entry(path.to_string()).or_default().push_back(fault));
    }

    /// The requests so far.
    pub fn log(&self) -> Vec<Request> {
        self.with(|state| state.log.clone())
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().expect("the state"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Another holds the state only while it answers; the next connection finds it gone.
        self.state = Arc::default();
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

struct Response {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Response {
    fn of(status: &'static str) -> Response {
        Response {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }
}

fn answer(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(&stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request {
        method: method.to_string(),
        path: path.to_string(),
        query: query.to_string(),
        headers: BTreeMap::new(),
    };
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            request.headers.insert(name.to_lowercase(), value.trim().to_string());
        }
    }
    if request.method.is_empty() {
        return Ok(());
    }
    let (response, cut) = {
        let mut state = state.lock().expect("the state");
        state.log.push(request.clone());
        let fault = state.faults.get_mut(path).and_then(VecDeque::pop_front);
        match fault {
            Some(Fault::Busy) => {
                let mut busy = Response::of("503 Service Unavailable");
                busy.headers.push(("Retry-After", "0".to_string()));
                (busy, None)
            }
            Some(Fault::CutAfter(bytes)) => (respond(&state, &request), Some(bytes)),
            None => (respond(&state, &request), None),
        }
    };
    let mut out = format!("HTTP/1.1 {}\r\nConnection: close\r\n", response.status);
    for (name, value) in &response.headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    out.push_str(&format!("Content-Length: {}\r\n\r\n", response.body.len()));
    let mut stream = &stream;
    stream.write_all(out.as_bytes())?;
    if request.method != "HEAD" {
        let sent = cut.unwrap_or(response.body.len()).min(response.body.len());
        stream.write_all(&response.body[..sent])?;
    }
    stream.flush()?;
    stream.shutdown(std::net::Shutdown::Write)?;
    // Until the client is done, or what was sent may be lost.
    drop(stream.read(&mut [0; 16]));
    Ok(())
}

fn respond(state: &State, request: &Request) -> Response {
    let pieces: Vec<&str> = request.path.trim_start_matches('/').split('/').collect();
    if let Some(bytes) = state.files.get(&request.path) {
        return file(request, bytes);
    }
    match pieces.as_slice() {
        ["api", "datasets", owner, name, "revision", revision] => hub(state, request, owner, name, |dataset| {
            let sha = dataset.branches.get(&decoded(revision)).cloned();
            let sha = sha.or_else(|| dataset.commits.contains_key(*revision).then(|| (*revision).to_string()));
            let Some(sha) = sha else {
                return Response::of("404 Not Found");
            };
            let siblings: Vec<_> = dataset.commits[&sha]
                .keys()
                .map(|name| serde_json::json!({ "rfilename": name }))
                .collect();
            let listing = serde_json::json!({ "id": format!("{owner}/{name}"), "sha": sha, "siblings": siblings });
            Response {
                body: listing.to_string().into_bytes(),
                ..Response::of("200 OK")
            }
        }),
        ["datasets", owner, name, "resolve", sha, path @ ..] => hub(state, request, owner, name, |dataset| {
            let path = decoded(&path.join("/"));
            match dataset.commits.get(*sha).and_then(|files| files.get(&path)) {
                None => Response::of("404 Not Found"),
                Some(bytes) => match &state.elsewhere {
                    None => file(request, bytes),
                    Some(address) => Response {
                        headers: vec![("Location", format!("{address}{}", request.path))],
                        ..Response::of("302 Found")
                    },
                },
            }
        }),
        [bucket, ..] if state.buckets.contains_key(*bucket) => {
            if !request
                .header("authorization")
                .starts_with("AWS4-HMAC-SHA256 Credential=me/")
            {
                return Response::of("403 Forbidden");
            }
            let objects = &state.buckets[*bucket];
            let key = decoded(&pieces[1..].join("/"));
            match objects.get(&key) {
                Some(bytes) => file(request, bytes),
                None if key.is_empty() && request.query.contains("list-type=2") => listing(objects, &request.query),
                None => Response::of("404 Not Found"),
            }
        }
        _ => Response::of("404 Not Found"),
    }
}

fn hub(state: &State, request: &Request, owner: &str, name: &str, act: impl FnOnce(&Dataset) -> Response) -> Response {
    let Some(dataset) = state.datasets.get(&format!("{owner}/{name}")) else {
        return Response::of("404 Not Found");
    };
    if !dataset.token.is_empty() && request.header("authorization") != format!("Bearer {}", dataset.token) {
        return Response::of("401 Unauthorized");
    }
    act(dataset)
}

/// A file, or the rest of it.
fn file(request: &Request, bytes: &[u8]) -> Response {
    let digest = flanc::digest::sha256_of(bytes).expect("bytes");
    let etag = format!("\"{}\"", &flanc::digest::hex(&digest)[..32]);
    let mut response = Response::of("200 OK");
    response.headers.push(("ETag", etag.clone()));
    response
        .headers
        .push(("Last-Modified", "Wed, 01 Jan 2025 00:00:00 GMT".to_string()));
    if request.header("if-none-match") == etag {
        response.status = "304 Not Modified";
        return response;
    }
    let start = request
        .header("range")
        .strip_prefix("bytes=")
        .and_then(|r| r.strip_suffix('-'));
    let same = |name: &str| request.header(name).is_empty() || request.header(name) == etag;
    match start.and_then(|start| start.parse::<usize>().ok()) {
        Some(start) if start < bytes.len() && same("if-range") && same("if-match") => {
            response.status = "206 Partial Content";
            let range = format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len());
            response.headers.push(("Content-Range", range));
            response.body = bytes[start..].to_vec();
        }
        _ => response.body = bytes.to_vec(),
    }
    response
}

/// `ListObjectsV2`, two keys a page.
fn listing(objects: &BTreeMap<String, Vec<u8>>, query: &str) -> Response {
    let parameter = |name: &str| -> String {
        let found = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        decoded(found.unwrap_or_default())
    };
    let (prefix, after) = (parameter("prefix"), parameter("continuation-token"));
    let mut keys = objects
        .iter()
        .filter(|(key, _)| key.starts_with(&prefix) && **key > after);
    let page: Vec<_> = keys.by_ref().take(2).collect();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult>");
    for (key, bytes) in &page {
        xml.push_str(&format!(
            "<Contents><Key>{key}</Key><Size>{}</Size><LastModified>2025-01-01T00:00:00.000Z</LastModified></Contents>",
            bytes.len()
        ));
    }
    if let (Some(_), Some((last, _))) = (keys.next(), page.last()) {
        xml.push_str(&format!(
            "<IsTruncated>true</IsTruncated><NextContinuationToken>{last}</NextContinuationToken>"
        ));
    } else {
        xml.push_str("<IsTruncated>false</IsTruncated>");
    }
    xml.push_str("</ListBucketResult>");
    Response {
        body: xml.into_bytes(),
        ..Response::of("200 OK")
    }
}

fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits: String = bytes.by_ref().take(2).map(char::from).collect();
            out.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
        } else {
            out.push(byte);
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
