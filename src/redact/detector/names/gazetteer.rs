//! The words the gazetteer knows.

use std::collections::HashMap;

use super::address;

/// What is known of a word in lower case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// A first name.
    pub(super) first: bool,
    /// ... that is also an ordinary word, or too short to stand alone.
    pub(super) ordinary: bool,
    /// A family name.
    pub(super) last: bool,
    /// A word that begins sentences, a month, a place: no name by itself.
    pub(super) common: bool,
    /// `street`: names one behind its name.
    pub(super) street: bool,
    /// `via`: names one before its name.
    pub(super) before_name: bool,
    /// `apt`: a part of a house.
    pub(super) unit: bool,
    /// `box`: post that is fetched.
    pub(super) post: bool,
}

/// First names and family names common in census lists of some forty
/// countries, folded to ASCII. Own selection.
#[derive(Debug)]
pub struct Gazetteer {
    words: HashMap<&'static str, Known>,
}

impl Gazetteer {
    /// The shipped words.
    #[must_use]
    pub fn shipped() -> Self {
        let mut words: HashMap<&'static str, Known> = HashMap::new();
        for line in include_str!("first.txt").lines() {
            let (name, ordinary) = match line.strip_suffix(" *") {
                Some(name) => (name, true),
                None => (line, false),
            };
            let known = words.entry(name).or_default();
            (known.first, known.ordinary) = (true, ordinary);
        }
        for name in include_str!("last.txt").lines() {
            words.entry(name).or_default().last = true;
        }
        for word in COMMON.split_ascii_whitespace() {
            words.entry(word).or_default().common = true;
        }
        for word in address::STREETS {
            words.entry(word).or_default().street = true;
        }
        for word in address::BEFORE_NAME {
            words.entry(word).or_default().before_name = true;
        }
        for word in address::UNITS {
            words.entry(word).or_default().unit = true;
        }
        for word in address::POSTS {
            words.entry(word).or_default().post = true;
        }
        Self { words }
    }

    pub(super) fn of(&self, word: &[u8]) -> Known {
        let mut lower = [0_u8; LONGEST];
        let Some(lower) = lower.get_mut(..word.len()) else {
            return Known::default();
        };
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        let known = std::str::from_utf8(lower)
            .ok()
            .and_then(|word| self.words.get(word));
        known.copied().unwrap_or_default()
    }
}

/// No word that is known is longer.
const LONGEST: usize = 24;

const COMMON: &str = "
a about after again all also although always am an and another any anyone are as ask at back be because been before
being best big black blue both brown but by call can care check city click come company computer cool could country data
day dear deep did director do does done down each early email english even ever every everyone example find first for
from full future game general get give go god going good got great green group had happy has have he hello help her
here hey hi high him his history home hope how however i if in inc indeed international into is it its just keep
king know language last late learning let life like little local look looking love machine made make man many maybe me
meet men more morning most mr mrs ms much music my national never new news next nice night no north not note nothing now
of off office ok old on once one only open or other our out over paper part party people personal phone photo place
play please point police power press product program project public quick quote read real really red research right
said same say school science see send service she should show since sir so some someone something song sorry south
special sports start state states still stop story street student such super support sure system take talk team tell
test thank thanks that the their them then there these they thing think this those though three through time title to
today tomorrow too top true try turn tv two type under united university until up update us use user very via video view
visit vote wait wall want war was watch water way we web week welcome well went were west what when where which while
white who whole why will win wish with without woman women work world would write yeah year yes yesterday yet you your
monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october
november december may jan feb mar apr jun jul aug sep oct nov dec spring summer autumn winter east western eastern northern southern america american europe european
africa african asia asian australia australian canada canadian china chinese england english france french germany german
india indian ireland irish italy italian japan japanese korea korean mexico mexican russia russian scotland spain spanish
sweden swedish britain british london paris berlin rome madrid york angeles francisco chicago boston texas florida
california washington brooklyn manhattan seattle house congress senate court bank street road avenue club league cup
facebook google twitter amazon apple microsoft youtube instagram netflix github linux python java windows android
internet api json http url id pdf usa uk eu nba nfl nhl mlb bbc cnn ceo cto cfo phd md llc ltd corp corporation
association institute college center centre department ministry government council committee agency foundation museum
church hospital airport station river lake mountain island park hotel restaurant street bridge tower square garden
christmas easter halloween thanksgiving valentine error warning info true false null none
";
