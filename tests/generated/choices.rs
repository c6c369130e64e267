//! Templates and rows out of a row of choices.

use flanc::source::{Typed, pack};

/// The choices that are left.
pub struct Choices<'c> {
    left: std::slice::Iter<'c, u16>,
    /// How many loops the next word stands in.
    loops: usize,
}

impl<'c> Choices<'c> {
    pub fn new(choices: &'c [u16]) -> Self {
        Self {
            left: choices.iter(),
            loops: 0,
        }
    }

    /// One of so many; the first where no choice is left.
    pub fn of(&mut self, count: usize) -> usize {
        self.left.next().map_or(0, |at| usize::from(*at) % count)
    }

    /// One of some words, which stand between bars.
    fn word(&mut self, words: &'static str) -> &'static str {
        let at = self.of(words.split('|').count());
        words.split('|').nth(at).unwrap_or_default()
    }

    /// One of the first words, and now and then one of those that make a body one for minijinja.
    fn rarely(&mut self, words: &'static str, others: &'static str) -> &'static str {
        if self.once_in(16) {
            self.word(others)
        } else {
            self.word(words)
        }
    }

    /// True once in so many times.
    pub fn once_in(&mut self, count: usize) -> bool {
        self.of(count) == count - 1
    }
}

const WORDS: &str = "a|| |\n|b c|Ünï|\u{1f468}\u{200d}\u{1f469}|ß|'|- |{|}|%|#|  \n|\r\n|\t|İ|e\u{301}|_|}}|%}|\
                     no|True|ǆ|\u{a0}|{ {|options|\0";

/// Ways to write a text in an expression.
const LITERALS: &str = concat!(
    r#""a"|''|" "|', '|"\n"|"\""|'\''|"é"|"\u00df"|"\ud83d\ude00"|'}}'|"%}"|"{{ t }}"|"{#"|"yes"|"7"|"-0"|"#,
    r#"" 12 "|'a' 'b'|"one two, three"|"\\"|"\t"|'ǆ'|"1.0"|"a long text that is no small string""#
);

const NUMBERS: &str = "1|0|2|-1|10|3.5|0.0|1e3|1_000|9223372036854775807|-9223372036854775807|1e20|0.1|-0.5|-0.0|\
                       99999999999999999999|9007199254740993|0x10|1e-9|100000000000000000.0|3037000500";

const MARKS: &str = "|||-|+";

/// The language of bodies, a little wider than what is lowered.
impl Choices<'_> {
    pub fn body(&mut self, depth: usize) -> String {
        let count = 1 + self.of(if depth == 0 { 2 } else { 4 });
        (0..count).map(|_| self.node(depth)).collect()
    }

    fn tag(&mut self, inside: &str) -> String {
        let (open, close) = (self.word(MARKS), self.word(MARKS));
        format!("{{%{open} {inside} {close}%}}")
    }

    fn node(&mut self, depth: usize) -> String {
        let kind = if depth == 0 { self.of(3) } else { self.of(14) };
        let depth = depth.saturating_sub(1);
        match kind {
            0 => self.word(WORDS).to_string(),
            1 | 3 | 4 => {
                let (open, close) = (self.word(MARKS), self.word(MARKS));
                let expr = if self.once_in(4) {
                    self.anything(depth)
                } else {
                    self.text(depth)
                };
                format!("{{{{{open} {expr} {close}}}}}")
            }
            2 => self
                .word("{{ options }}|{{options}}|{{- options -}}|{{ t }}|{{ answer }}")
                .to_string(),
            5 | 6 => {
                let mut out = format!("if {}", self.truth(depth));
                out = self.tag(&out) + &self.body(depth);
                while self.once_in(3) {
                    let test = format!("elif {}", self.truth(depth));
                    out += &self.tag(&test);
                    out += &self.body(depth);
                }
                if self.once_in(2) {
                    out += &self.tag("else");
                    out += &self.body(depth);
                }
                out + &self.tag("endif")
            }
            7 | 8 => {
                let (name, over) = (self.word("x|t|y|u"), self.list(depth));
                let mut head = format!("for {name} in {over}");
                if self.once_in(4) {
                    head += &format!(" if {}", self.truth(depth));
                }
                self.loops += 1;
                let mut out = self.tag(&head) + &self.body(depth);
                self.loops -= 1;
                if self.once_in(2) {
                    out += self.word("{{ x }}|{{ loop.index }}|{{ loop.last }}|{{ loop.revindex }}");
                }
                if self.once_in(4) {
                    out += &self.tag("else");
                    out += &self.body(depth);
                }
                out + &self.tag("endfor")
            }
            9 => {
                let set = format!("set {} = {}", self.word("x|y|t"), self.anything(depth));
                self.tag(&set)
            }
            10 => {
                let set = format!("set {}", self.word("x|y|u"));
                self.tag(&set) + &self.body(depth) + &self.tag("endset")
            }
            11 => {
                let with = format!("with x = {}, y = {}", self.anything(depth), self.text(depth));
                self.tag(&with) + &self.body(depth) + &self.tag("endwith")
            }
            12 => self.tag("raw") + self.word(WORDS) + "{{ t }}" + &self.tag("endraw"),
            _ => match self.of(3) {
                0 => format!("{{#{} {{{{ t }}}} {}#}}", self.word(MARKS), self.word(MARKS)),
                1 => self.tag("filter upper") + &self.body(depth) + &self.tag("endfilter"),
                _ => "\n  {% if true %}\n  a\n  {% endif %}\n".to_string(),
            },
        }
    }

    /// An expression of any kind.
    pub fn anything(&mut self, depth: usize) -> String {
        match self.of(5) {
            0 => self.text(depth),
            1 => self.number(depth),
            2 => self.list(depth),
            3 => self.truth(depth),
            _ => self
                .rarely("none|x|y|u|n|true", "undefined_name|loop|{}|(t, u)")
                .to_string(),
        }
    }

    /// An expression that mostly is a text.
    pub fn text(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.of(3) {
                0 => self.word("t|answer|u|options|x|yes|no|label|y").to_string(),
                _ => self.word(LITERALS).to_string(),
            };
        }
        let d = depth - 1;
        match self.of(14) {
            0 | 1 => self.text(0),
            2 => format!("{} ~ {}", self.anything(d), self.text(d)),
            3 => format!("({} + {})", self.text(d), self.text(d)),
            4 => format!("{} if {} else {}", self.text(d), self.truth(d), self.text(d)),
            5 => format!("({} if {})", self.text(d), self.truth(d)),
            6 => format!("{}[{}]", self.list(d), self.number(d)),
            7 => format!("({})[{}:{}]", self.text(d), self.bound(), self.bound()),
            8 => format!("({})[{}]", self.text(d), self.number(d)),
            9 => format!("({} or {})", self.text(d), self.text(d)),
            10 => format!("({})|join({})", self.list(d), self.text(d)),
            11 => format!("({})|replace({}, {})", self.text(d), self.text(d), self.text(0)),
            12 => {
                let filters = "upper|lower|trim|title|capitalize|reverse|string|first|last|default('d')|trim('a ')|d|\
                               default(t, true)|length|int|default(u)";
                let filter = self.rarely(filters, "e|indent|float|list|default(value=t)");
                format!("({})|{filter}", self.anything(d))
            }
            _ => format!(
                "({})|{}",
                self.list(d),
                self.word("join|first|last|join(none)|length|string")
            ),
        }
    }

    fn bound(&mut self) -> &'static str {
        self.word("|1|-1|0|2|-3|40|-40|n|none|true|1.0|9223372036854775807")
    }

    /// An expression that mostly is a number.
    fn number(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.of(3) {
                0 => self.word("n|at|b|x").to_string(),
                _ => self.word(NUMBERS).to_string(),
            };
        }
        let d = depth - 1;
        match self.of(9) {
            0 | 1 => self.number(0),
            2 => {
                let operator = self.rarely("+|-|*", "/|//|%|**");
                format!("({} {operator} {})", self.number(d), self.number(d))
            }
            3 => format!("({})|length", self.list(d)),
            4 => format!("({})|length", self.text(d)),
            5 => format!("({})|{}", self.anything(d), self.word("int|abs|length|count|first")),
            6 if self.loops > 0 => {
                let facts = "loop.index|loop.index0|loop.length|loop.revindex|loop.revindex0";
                self.rarely(facts, "loop.depth|loop.previtem").to_string()
            }
            7 if self.once_in(8) => format!("-{}", self.number(d)),
            _ => format!("({} if {} else {})", self.number(d), self.truth(d), self.number(d)),
        }
    }

    /// An expression that mostly is a list.
    fn list(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .word("l|choices|[]|['a', 'b']|[t, u]|[1, 2.5, none, true]|x|u|t")
                .to_string();
        }
        let d = depth - 1;
        match self.of(11) {
            0 | 1 => self.list(0),
            2 => {
                let items: Vec<String> = (0..self.of(4)).map(|_| self.anything(d)).collect();
                format!("[{}]", items.join(", "))
            }
            3 => format!("({})[{}:{}]", self.list(d), self.bound(), self.bound()),
            4 => format!("({})|split({})", self.text(d), self.text(d)),
            5 => format!(
                "({})|{}",
                self.text(d),
                self.rarely("lines|split(',')|split(' ')", "list|split|split(',', 1)")
            ),
            6 => format!("({})|reverse", self.list(d)),
            7 => {
                let tests = "|('string')|('in', 'a b')|('ne', t)|('startingwith', 'a')|('odd')|('gt', 1)|('none')|\
                             ('in', l)|('==', answer)";
                let test = self.word(tests);
                format!("({})|{}{test}", self.list(d), self.word("select|reject"))
            }
            8 => format!("({} + {})", self.list(d), self.list(d)),
            9 => format!(
                "({})|{}",
                self.list(d),
                self.rarely(
                    "default([])|select|reject|reverse",
                    "sort|unique|list|map('upper')|batch(2)"
                )
            ),
            _ => format!("({} if {} else {})", self.list(d), self.truth(d), self.list(d)),
        }
    }

    /// An expression that mostly is a condition.
    pub fn truth(&mut self, depth: usize) -> String {
        if depth == 0 {
            if self.loops > 0 && self.once_in(3) {
                return self.word("loop.first|loop.last").to_string();
            }
            return self.word("b|true|t|l|n|not u|u is none|x is defined").to_string();
        }
        let d = depth - 1;
        match self.of(12) {
            0 | 1 => self.truth(0),
            2 => format!("{} {} {}", self.text(d), self.comparison(), self.text(d)),
            3 => format!("({} {} {})", self.number(d), self.comparison(), self.number(d)),
            4 => format!("{} {} {}", self.anything(d), self.comparison(), self.anything(d)),
            5 => format!("{} {} {}", self.anything(d), self.word("in|not in"), self.list(d)),
            6 => format!("{} in ({}, {})", self.text(d), self.text(d), self.anything(0)),
            7 => format!("(not {})", self.truth(d)),
            8 => format!("({} {} {})", self.truth(d), self.word("and|or"), self.anything(d)),
            9 => {
                let tests = "none|defined|undefined|string|number|boolean|true|false|odd|even|startingwith('a')|endingwith(t)|\
                             startingwith(n)|eq(t)|in(l)|lt(2)|not none|not odd|ge(n)|ne(u)";
                let test = self.rarely(tests, "sequence|mapping|iterable|integer|sameas(t)");
                format!("{} is {test}", self.anything(d))
            }
            10 => {
                let (a, b, c) = (self.number(d), self.number(d), self.number(d));
                format!("({a} {} {b} {} {c})", self.comparison(), self.comparison())
            }
            _ => self.anything(d),
        }
    }

    fn comparison(&mut self) -> &'static str {
        self.word("==|!=|<|<=|>|>=|in|not in")
    }
}

/// The values of rows.
impl Choices<'_> {
    fn words(&mut self) -> String {
        match self.of(24) {
            0 => "text".to_string(),
            1 => String::new(),
            2 => "{{ t }}{% if x %}{# no #}{% raw %}".to_string(),
            3 => "a, b,c".to_string(),
            4 => "one\ntwo\r\n\nthree\n".to_string(),
            5 => "7".to_string(),
            6 => "yes".to_string(),
            7 if self.once_in(8) => "Long and aα ".repeat(4_000),
            8..=12 => {
                let count = self.of(9);
                (0..count).map(|_| self.character()).collect()
            }
            _ => {
                let count = 1 + self.of(6);
                (0..count).map(|_| self.word(WORDS)).collect()
            }
        }
    }

    fn character(&mut self) -> char {
        let (plane, at) = (self.of(0x11), self.of(0x1_0000));
        let plane = if self.once_in(3) { plane } else { 0 };
        char::from_u32((plane << 16 | at) as u32).unwrap_or('\u{fffd}')
    }

    fn decimal(&mut self) -> String {
        let known = "0|1|2|-1|7|0.5|-12.25|0.1|9223372036854775807|9223372036854775808|-9223372036854775808|\
                     -9223372036854775809|9007199254740993|9007199254740992.5|1000000000000000000000|\
                     123456789012345678901234567890.1|0.12345678901234567890123|0.30000000000000004|12345678901234567.5|\
                     0.0000001|100000|4294967296";
        match self.of(4) {
            0..=2 => self.word(known).to_string(),
            _ => format!("{}{}.{}", self.word("|-"), self.of(0x1_0000), 1 + 2 * self.of(50_000))
                .trim_end_matches('0')
                .to_string(),
        }
    }

    fn items(&mut self) -> Vec<String> {
        let count = match self.of(30) {
            at @ 0..=6 => at,
            7 => 200,
            _ => 1 + self.of(4),
        };
        if count == 200 {
            return (0..count).map(|i| i.to_string()).collect();
        }
        (0..count).map(|_| self.words()).collect()
    }

    pub fn row(&mut self, dataset: &str) -> Vec<u8> {
        let nothing = |choices: &mut Self, value: Typed| if choices.once_in(6) { Typed::Null } else { value };
        let t = Typed::Text(self.words());
        let u = Typed::Text(self.words());
        let u = nothing(self, u);
        let n = Typed::Text(self.decimal());
        let n = nothing(self, n);
        let b = Typed::Text(self.word("true|false").to_string());
        let b = nothing(self, b);
        let l = Typed::List(self.items());
        let mut values = vec![t, u, n, b, l];
        match dataset {
            "labels" => values.push(Typed::Text(self.word("yes|no|maybe").to_string())),
            "places" => values.push(Typed::Text(self.word("0|1|3|250").to_string())),
            _ => {}
        }
        let mut bytes = Vec::new();
        values.iter().for_each(|value| pack(&mut bytes, value));
        bytes
    }
}
