//! Keys of payment, shop and shipping services.
//!
//! Prefix, alphabet and length as the vendor documents them, or as it gave them
//! to a secret scanning programme. Lengths have some room:
//! vendors change them without a word.

use crate::redact::detector::{
    text::Class,
    token::{
        Form,
        Part::{Lit, Run},
    },
};

pub(super) const FORMS: &[Form] = &[
    Form::key("square", "sq0atp-", &[Run(Class::SLUG, 22, 60)]),
    Form::key("square", "sq0csp-", &[Run(Class::SLUG, 43, 60)]),
    Form::key("square", "sq0idp-", &[Run(Class::SLUG, 22, 60)]),
    Form::key("square", "EAAA", &[Run(Class::SLUG, 56, 64)]),
    Form::key("razorpay", "rzp_live_", &[Run(Class::ALNUM, 14, 24)]),
    Form::key("razorpay", "rzp_test_", &[Run(Class::ALNUM, 14, 24)]),
    Form::key("flutterwave", "FLWSECK-", &[Run(Class::SLUG, 12, 60)]),
    Form::key("lob", "live_", &[Run(Class::HEX, 35, 35)]),
    Form::key("lob", "test_", &[Run(Class::HEX, 35, 35)]),
    Form::key("mollie", "live_", &[Run(Class::ALNUM, 30, 30)]),
    Form::key("mollie", "test_", &[Run(Class::ALNUM, 30, 30)]),
    Form::key("gocardless", "live_", &[Run(Class::TOKEN, 40, 40)]),
    Form::key("duffel", "duffel_live_", &[Run(Class::TOKEN, 40, 50)]),
    Form::key("duffel", "duffel_test_", &[Run(Class::TOKEN, 40, 50)]),
    Form::key("easypost", "EZAK", &[Run(Class::ALNUM, 54, 54)]),
    Form::key("easypost", "EZTK", &[Run(Class::ALNUM, 54, 54)]),
    Form::key("shippo", "shippo_live_", &[Run(Class::HEX, 40, 40)]),
    Form::key("shippo", "shippo_test_", &[Run(Class::HEX, 40, 40)]),
    Form::key("shopify", "shpat_", &[Run(Class::ALNUM, 32, 40)]),
    Form::key("shopify", "shpca_", &[Run(Class::ALNUM, 32, 40)]),
    Form::key("shopify", "shppa_", &[Run(Class::ALNUM, 32, 40)]),
    Form::key("shopify", "shpss_", &[Run(Class::ALNUM, 32, 40)]),
    Form::key("shopify", "shpua_", &[Run(Class::ALNUM, 32, 40)]),
    Form::key("amazon-mws", "amzn.mws.", &[Run(Class::SLUG, 36, 36)]),
    Form::key("amazon", "amzn1.oa2-cs.v1.", &[Run(Class::HEX, 60, 70)]),
    Form::key("paddle", "pdl_", &[Run(Class::WORD, 40, 80)]),
    Form::key("plaid", "access-production-", &[Run(Class::SLUG, 36, 36)]),
    Form::key("plaid", "access-sandbox-", &[Run(Class::SLUG, 36, 36)]),
    Form::key("plaid", "access-development-", &[Run(Class::SLUG, 36, 36)]),
    Form::key("adyen", "AQE", &[Run(Class::TOKEN, 80, 200)]),
    Form::key(
        "braintree",
        "access_token$production$",
        &[
            Run(Class::LOWER_DIGIT, 16, 16),
            Lit("$"),
            Run(Class::HEX, 32, 32),
        ],
    ),
    Form::key(
        "braintree",
        "access_token$sandbox$",
        &[
            Run(Class::LOWER_DIGIT, 16, 16),
            Lit("$"),
            Run(Class::HEX, 32, 32),
        ],
    ),
    Form::key("flutterwave", "FLWSECK_TEST-", &[Run(Class::HEX, 12, 60)]),
    Form::key("intra42", "s-s4t2ud-", &[Run(Class::HEX, 60, 70)]),
    Form::key("intra42", "s-s4t2af-", &[Run(Class::HEX, 60, 70)]),
    Form::key("alchemy", "alcht_", &[Run(Class::ALNUM, 30, 40)]),
    Form::key("xendit", "xnd_", &[Run(Class::WORD, 40, 90)]),
    Form::key("midtrans", "Mid-server-", &[Run(Class::SLUG, 20, 40)]),
    Form::key("omise", "skey_", &[Run(Class::WORD, 19, 30)]),
    Form::key("ebay", "v^1.1#", &[Run(Class::TOKEN, 60, 2000)]),
];
