//! Keys of model providers and the tools around them.
//!
//! Prefix, alphabet and length as the vendor documents them, or as it gave them
//! to a secret scanning programme. Lengths have some room:
//! vendors change them without a word.

use crate::redact::detector::{
    text::Class,
    token::{Form, Part::Run},
};

pub(super) const FORMS: &[Form] = &[
    Form::key("replicate", "r8_", &[Run(Class::ALNUM, 30, 45)]),
    Form::key("groq", "gsk_", &[Run(Class::ALNUM, 40, 60)]),
    Form::key("perplexity", "pplx-", &[Run(Class::ALNUM, 40, 60)]),
    Form::key("xai", "xai-", &[Run(Class::ALNUM, 60, 100)]),
    Form::key("openrouter", "sk-or-", &[Run(Class::SLUG, 20, 100)]),
    Form::key("fireworks", "fw_", &[Run(Class::ALNUM, 20, 40)]),
    Form::key("together", "tgp_v1_", &[Run(Class::SLUG, 30, 60)]),
    Form::key("nvidia", "nvapi-", &[Run(Class::SLUG, 50, 100)]),
    Form::key("elevenlabs", "sk_", &[Run(Class::HEX, 40, 64)]),
    Form::key("langsmith", "lsv2_", &[Run(Class::WORD, 36, 80)]),
    Form::key("langfuse", "sk-lf-", &[Run(Class::SLUG, 30, 40)]),
    Form::key("pinecone", "pcsk_", &[Run(Class::WORD, 50, 90)]),
    Form::key("cerebras", "csk-", &[Run(Class::ALNUM, 40, 60)]),
    Form::key("anyscale", "esecret_", &[Run(Class::ALNUM, 20, 60)]),
    Form::key("voyage", "pa-", &[Run(Class::SLUG, 40, 60)]),
    Form::key("jina", "jina_", &[Run(Class::SLUG, 40, 80)]),
    Form::key("tavily", "tvly-", &[Run(Class::SLUG, 20, 60)]),
    Form::key("firecrawl", "fc-", &[Run(Class::HEX, 30, 40)]),
    Form::key("brave-search", "BSA", &[Run(Class::SLUG, 27, 31)]),
    Form::key("e2b", "e2b_", &[Run(Class::HEX, 30, 50)]),
    Form::key("runpod", "rpa_", &[Run(Class::ALNUM, 30, 60)]),
    Form::key("llamaindex", "llx-", &[Run(Class::ALNUM, 30, 60)]),
    Form::key("helicone", "sk-helicone-", &[Run(Class::SLUG, 20, 60)]),
    Form::key("cursor", "key_", &[Run(Class::HEX, 60, 70)]),
    Form::key("cartesia", "sk_car_", &[Run(Class::ALNUM, 18, 40)]),
    Form::key(
        "weights-and-biases",
        "wandb_v1_",
        &[Run(Class::WORD, 60, 90)],
    ),
    Form::key("modal", "as-", &[Run(Class::ALNUM, 22, 22)]),
    Form::key("mem0", "m0-", &[Run(Class::ALNUM, 36, 44)]),
    Form::key("adafruit", "aio_", &[Run(Class::ALNUM, 28, 28)]),
];
