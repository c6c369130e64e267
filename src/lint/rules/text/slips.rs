//! Slips of grammar that many hands make, each as a pattern over prompts.

use std::sync::LazyLock;

use regex::Regex;

use crate::lint::view::pattern;

/// What is said of several slips.
pub(super) const BARE: &str = "the verb after an auxiliary has no ending";

/// Slips, each as a pattern and what is wrong with it.
pub(super) static SLIPS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let slips = [
        (
            r"(?i)\b(th(?:is|at|ese|those) (?:following|below|aforementioned|above))\b",
            "two words that point, for one noun",
        ),
        (
            r"(?i)\b(the (?:this|that|these|those|a|an|my|your|its|their)) \p{L}",
            "two articles, for one noun",
        ),
        (
            r"\b([Ww]hats|[Dd]oesnt|[Dd]ont|[Ii]snt|[Cc]ant|[Ww]ont|[Dd]idnt|[Aa]rent|[Ww]asnt|[Ss]houldnt|[Cc]ouldnt|[Ww]ouldnt|[Hh]avent|[Hh]asnt|[Tt]hats|[Hh]eres|[Tt]heres|[Ww]hos|[Ww]heres|[Yy]oure|[Tt]heyre|[Ll]ets (?:see|say|take|assume|read|look|find|think|consider|answer))\b",
            "an apostrophe is missing",
        ),
        (r"(?i)\b(as follow)\b", "it is `as follows`"),
        (r"(?i)\b((?:could|would|should|must|might) of)\b", "it is `have`"),
        (
            r"(?i)\b((?:more|less|rather|better|worse|other|fewer|greater|smaller|longer|shorter) then)\b(?: the| a| an|,|$| \w+ing| \p{N})",
            "it is `than`",
        ),
        (
            r"(?m)(?:^|[.!?:]\s+)(Chose) (?:from|the|one|between|an?|your|among|which)\b",
            "it is `Choose`",
        ),
        (
            r"(?i)\b((?:expresses|contains|shows|means|describes|says|has|have|denotes) is)\b",
            "two verbs, for one subject",
        ),
        (
            r"(?i)\b((?:is|are|does|do|can|will) (?:is|are|does|can|will))\b",
            "two verbs, for one subject",
        ),
        (
            r"(?i)\b((?:generate|write|give|create|make|compose|produce|provide) (?:short|long|new|brief|simple|good|random|concise|different|possible) an? \p{L}+)",
            "the article stands after the adjective",
        ),
        (
            r"\b((?:[Gg]ive|[Ww]rite|[Pp]rovide|[Ss]elect|[Cc]hoose|[Pp]ick|[Gg]enerate) (?:answer|question|summary|sentence|option|choice|headline|correct answer|right answer|best answer|correct option|best option))\b(?: [a-z]|[.?!\n]|$)",
            "an article is missing",
        ),
        (
            r"(?i)\b((?:a|an|another|each|every|one) (?:sentences|questions|answers|reviews|summaries|articles|passages|words|texts|options|choices|statements|paragraphs))\b",
            "one of something, and many",
        ),
        (
            r"(?i)\b((?:two|three|four|five|several|both|these|those|many|following two) (?:sentence|question|answer|review|article|passage|word|option|choice|statement|paragraph))\b(?:[.,;:?!\n]|$| (?:is|are|was|were|below|above|that|which|given|have|do)\b)",
            "many of something, and one",
        ),
        (
            r"(?i)\b((?:sentence|question|answer|review|article|passage|text|statement|paragraph|he|she|it) (?:are|were))\b(?: [a-z]+(?:ing|ed)\b| not\b| the\b| a\b)",
            "one subject, and a verb for many",
        ),
        (
            r"(?i)(?:^|[^f] )((?:(?:these|those) (?:sentences|questions|answers|reviews|articles|passages|statements|paragraphs)|they|we|you) (?:is|was|has|does))\b",
            "many subjects, and a verb for one",
        ),
        (
            r"(?i)\b((?:does|did|do|can|could|will|would|should|must|may|might) (?:it|he|she|they|we|you) (?:\p{L}{2,}ing|follows|means|implies|entails|says|makes|has|is|was))\b",
            BARE,
        ),
        (
            r"(?i)\b(how (?:would|do|could|should) you (?:consider|regard))\b",
            "`consider` does not take `how`",
        ),
        (
            r#"(?i)\b((?:based on|according to|given|from|using) this) "?▢"#,
            "`this` lacks its noun",
        ),
        (
            r"(?i)\b((?:do(?:es)?|did) not (?:\p{L}{3,}(?:ied|oned|ained|ered)))\b",
            BARE,
        ),
        (
            r"(?i)\b(contract(?:s|ing)? (?:each other|one another|the (?:premise|hypothesis|sentence|statement)))\b",
            "it is `contradict`",
        ),
        (
            r"(?i)\b(an? (?:informations?|advices?|evidences?|knowledges?|feedbacks?|furnitures?))\b(?: (?:of|about|on|that|which|to|for)\b|[.,;:?!\n]|$)",
            "this noun takes no `a`",
        ),
        (
            r"(?i)\b(is consist(?:s|ed|ing)? of|is depend(?:s)? on|is belong(?:s)? to|is exist(?:s)?)\b",
            "two verbs, for one subject",
        ),
        (
            r"(?i)\b((?:to|can|will|could|should|would|must) (?:answered|generated|translated|wrote|written|chose|gave|given|found|said|asked|choosen))\b",
            "the verb has no ending here",
        ),
        (
            r"(?i)\b(discuss(?:es|ed|ing)? about|emphasize on|comprised? of of|despite of|return back)\b",
            "one word too many",
        ),
        (
            r"(?i)\b((?:does|do|did|can|could|will|would|should|might|must) (?:the|this|that|these|those|an?|my|your|his|her|its) (?:[a-z]+ )?[a-z]+ (?:makes|contains|implies|entails|follows|contradicts|agrees|describes|refers|expresses|mentions|conveys|indicates|suggests|seems|belongs|has|liked|loved|hated|enjoyed|thought|felt|wanted|told|gave|knew|said|talked|described|made))\b",
            BARE,
        ),
        (
            r"(?i)\b((?:does|do|did|can|could|will|would|should|might|must) (?:the|this|that|these|those|an?) \p{L}+ (?:answers|supports|means|talks|shows|needs|wants|gives|says|looks|sounds|states) (?:the|this|that|an?|about|like|to|in|good|bad))\b",
            BARE,
        ),
        (
            r"(?i)\b((?:is|are|was|were|been|be|being) (?:wrote|chose|gave|took|spoke|went|saw|knew|broke|choosed|writed|choosen))\b",
            "this form of the verb does not follow `be`",
        ),
        (
            r"(?i)\b((?:to|can|will|should|could|would|must|may|might) be (?:make|write|find|choose|give|take|see|know|say|answer|use|summarize|translate|infer|conclude|classify|describe|consider|rewrite|paraphrase|generate|select))\b",
            "after `be`, the verb has an ending",
        ),
        (
            r"(?i)\b((?:want|wants|need|needs|able|going|ought|trying) (?:know|find|understand|determine|identify|write|summarize|choose|see|tell|say))\b",
            "`to` is missing",
        ),
        (r"(?i)\b(please to \p{L}+)", "`to` is one word too many"),
        (
            r"(?i)\b(more (?:better|worse|easier|larger|smaller|longer|shorter|higher|lower|closer|likelier|clearer|simpler)|most (?:best|\p{L}{2,}iest))\b",
            "compared twice",
        ),
        (
            r"(?:^|[.!?:\n]\s*|\b(?:answer|question|decide|judge|determine|write|answered|choose)s?,? )([Bb]ase on)\b",
            "it is `based on`",
        ),
        (
            r"(?i)\b(based (?:the|this|these|those|your|following)|according (?:the|this|these|those|your)|accordingly to|regarding to|depending (?:the|this|what))\b",
            "a preposition is missing, or one too many",
        ),
        (
            r"(?:^|[.!?\n]\s*)(Here (?:an?|two|three|some)) [^.?!\n]{1,40}:",
            "a verb is missing",
        ),
        (
            r"(?i)\b(the followings|informations|advices|knowledges|feedbacks|each others|an? lots? of|an other)\b",
            "there is no such form",
        ),
        (
            r"(?i)\b(an? following (?:text|passage|sentence|question|paragraph|article|statement|options?))\b",
            "it is `the following`",
        ),
        (
            r"(?i)\b((?:from of|for of|of from|with of|to of|of of|by of|on of|in of|to to|of to|for for|to for|to from)) (?:the|this|these|those|an?|your|my)\b",
            "two prepositions, for one noun",
        ),
        (
            r"(?i)\b((?:explain|describe|decide|determine|identify|indicate|say|tell me|know|guess) (?:what|why|how|where|who|when) (?:does|did|do) (?:it|he|she|they|the|this|that|these|those|an?))\b",
            "an indirect question has the order of a statement",
        ),
        (
            r"(?i)\b((?:what|why|how|where|who|when) (?:is|are|was|were) (?:it|he|she|they) (?:about|called|from|doing|saying|talking about|referring to)\.)",
            "an indirect question has the order of a statement",
        ),
        (
            r"(?i)\b((?:if|whether) (?:is|are|was|were|does|has))\b",
            "a subject is missing",
        ),
        (
            r"(?i)\b((?:then|hence|therefore|so|thus),? is (?:also |it also )?(?:true|false|possible|likely|correct))\b",
            "a subject is missing",
        ),
        (
            r#"(?i)\b((?:these|those|both|several|many) (?:sentence|question|answer|review|article|passage|word|option|choice|statement|paragraph))\b(?: (?:as|to|in|on|for|of|with|from|by|and|or|but)\b| ["(▢])"#,
            "many of something, and one",
        ),
        (
            r"(?i)\b((?:one|which|any|each|some|all|none|either|neither|most|which one) of (?:the|these|those|following)(?: following| two| above| given)* (?:sentence|option|answer|statement|question|choice|word|topic|category|label|sentiment|emotion))\b(?: (?:is|are|was|best|correctly|fits|does|do|would|matches|describes|has|have|can|should|that|which|above|below|in|to|for)\b|[.,:;?\n]|$)",
            "one of many, and one",
        ),
        (
            r"(?i)\b(how many (?:sentence|question|answer|word|person|people is|option|paragraph|time is))\b",
            "many of something, and one",
        ),
        (
            r"(?i)\b(how much (?:sentences|questions|words|people|answers|options|times|paragraphs))\b",
            "it is `how many`",
        ),
        (
            r"(?i)\b(there is (?:many|several|two|three|four|multiple|various)|there are (?:an?|one|another))\b",
            "the verb does not fit its subject",
        ),
        (
            r"(?:^|[.!?\n]\s*)((?:The|This|That|Each|Every) (?:answer|sentence|text|author|review|passage|article|paragraph|statement|question|premise|hypothesis|speaker) (?:depend|mean|imply|contain|describe|express|say|make|contradict|entail|refer|follow|have|talk|seem|belong|mention|are))\b",
            "one subject, and a verb for many",
        ),
        (
            r"(?i)\b((?:if|whether|because) (?:the|this|that|each) (?:answer|sentence|text|author|review|passage|article|paragraph|statement|question|premise|hypothesis|speaker) (?:depend|mean|imply|contain|describe|express|say|make|contradict|entail|refer|follow|have|talk|seem|belong|mention|are))\b",
            "one subject, and a verb for many",
        ),
        (
            r"(?i)(?:^|[.!?:\n]\s*|that |if |whether )((?:the |these |those )?(?:following |above |given |two |three |both )*(?:sentences|questions|answers|reviews|articles|passages|statements|paragraphs|options|words|texts) (?:has|is|was|does))\b",
            "many subjects, and a verb for one",
        ),
        (
            r"(?i)\b((?:is|was|does) (?:these|those|they|we|both) \p{L}+)",
            "the verb does not fit its subject",
        ),
        (
            r"(?i)(?:^|[.!?\n]\s*)((?:Are|Were) (?:this|that) (?:sentence|text|review|statement|question|passage|answer|article|claim))(?: (?:true|correct|right|false|positive|negative|about|an?|the|in|well)\b|\?)",
            "the verb does not fit its subject",
        ),
        (
            r"(?i)\b((?:it|he|she|this|an? \p{L}+ that|the (?:sentence|text|review|author|statement|answer|passage|question)(?: that)?) don't)\b",
            "it is `doesn't`",
        ),
        (
            r"(?i)\b(its (?:true|false|not|an?|about|been|going|because|the))\b",
            "it is `it's`",
        ),
        (
            r"(?i)\b(it's (?:own|meaning|title|author|answer|sentiment|topic|content))\b",
            "it is `its`",
        ),
        (r"(?i)\b(your (?:an?|the|going|not|given|asked))\b", "it is `you're`"),
        (
            r"(?i)\b(th?eir (?:is|are)|there (?:own|answers?|opinions?|names?))\b",
            "`there` and `their` are mixed up",
        ),
        (
            r"(?i)\b((?:is|are|was) (?:mean|call|base|say|given by to) (?:by|on|as|in|to))\b",
            "the verb has an ending here",
        ),
        (
            r"(?i)\b(same (?:\p{L}+ )?than|as same as|similar than|different as)\b",
            "`same as`, `similar to`, `different from`",
        ),
        (
            r"(?i)\b(in order (?:answer|find|get|make|understand|determine)|in follow\b|as followed:)",
            "a word is missing",
        ),
        (
            r"(?i)\b((?:given|read|answer|consider|from|in|using|use|translate|summarize|classify|about|paraphrase|rewrite) following (?:\p{L}+ )?(?:sentence|text|question|passage|article|paragraph|statement|option|review|context|conversation|dialogue|information)s?)\b",
            "an article is missing",
        ),
        (
            r"(?i)\b((?:about|from|on) (?:article|passage|paragraph|sentence|premise|hypothesis|movie|story))(?:[.,:;?!\n]|$)",
            "an article is missing",
        ),
        (
            r"(?i)\b((?:can|could|will|would|should|do|does|did|must) (?:you|we|he|she|they|i|it) (?:told|said|gave|wrote|made|knew|found|thought|chose|felt|went|saw|took|came|has|was|were|is|are))\b",
            BARE,
        ),
        (
            r"(?:^|[.!?\n]\s*|[Ss]o )((?:[Ww]hat|[Ww]ho|[Hh]ow|[Ww]hy) (?:the|this|that|these|those|he|she|they|you) (?:\p{L}+ ){0,6}\p{L}+\?)",
            "a question has its verb before its subject",
        ),
    ];
    slips.map(|(slip, what)| (pattern(slip), what)).into()
});
