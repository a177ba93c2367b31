//! Keys of forges, registries, builds and vaults.
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

const UPPER_DIGIT: Class = Class::UPPER.or(Class::DIGIT);
const UPPER_DASH: Class = Class::UPPER.or(Class::DIGIT).or(Class::DASH);
const DOTTED: Class = Class::SLUG.or(Class::DOT);

pub(super) const FORMS: &[Form] = &[
    Form::key("bitbucket", "ATBB", &[Run(Class::SLUG, 32, 40)]),
    Form::key("atlassian", "ATATT3", &[Run(Class::TOKEN, 150, 250)]),
    Form::key("atlassian", "ATCTT3", &[Run(Class::TOKEN, 150, 250)]),
    Form::key("atlassian", "ATSTT3", &[Run(Class::TOKEN, 60, 250)]),
    Form::key("circleci", "CCIPAT_", &[Run(Class::WORD, 40, 80)]),
    Form::key("circleci", "CCIPRJ_", &[Run(Class::WORD, 40, 80)]),
    Form::key("buildkite", "bkua_", &[Run(Class::ALNUM, 36, 44)]),
    Form::key("buildkite", "bkct_", &[Run(Class::ALNUM, 36, 60)]),
    Form::key("sonarqube", "sqp_", &[Run(Class::HEX, 36, 44)]),
    Form::key("sonarqube", "squ_", &[Run(Class::HEX, 36, 44)]),
    Form::key("sonarqube", "sqa_", &[Run(Class::HEX, 36, 44)]),
    Form::key("rubygems", "rubygems_", &[Run(Class::HEX, 40, 56)]),
    Form::key("nuget", "oy2", &[Run(Class::LOWER_DIGIT, 43, 43)]),
    Form::key("crates-io", "cio", &[Run(Class::ALNUM, 32, 34)]),
    Form::key("docker", "dckr_pat_", &[Run(Class::SLUG, 24, 40)]),
    Form::key("docker", "dckr_oat_", &[Run(Class::SLUG, 24, 60)]),
    Form::key("artifactory", "AKCp", &[Run(Class::ALNUM, 50, 80)]),
    Form::key("artifactory", "cmVmd", &[Run(Class::ALNUM, 55, 64)]),
    Form::key("pulumi", "pul-", &[Run(Class::HEX, 36, 44)]),
    Form::key("doppler", "dp.pt.", &[Run(Class::ALNUM, 38, 50)]),
    Form::key("doppler", "dp.st.", &[Run(DOTTED, 38, 80)]),
    Form::key("doppler", "dp.ct.", &[Run(Class::ALNUM, 38, 50)]),
    Form::key("doppler", "dp.sa.", &[Run(Class::ALNUM, 38, 50)]),
    Form::key("doppler", "dp.scim.", &[Run(Class::ALNUM, 38, 50)]),
    Form::key("doppler", "dp.audit.", &[Run(Class::ALNUM, 38, 50)]),
    Form::key(
        "infisical",
        "st.",
        &[Run(Class::HEX, 24, 24), Lit("."), Run(Class::HEX, 30, 70)],
    ),
    Form::key("1password", "ops_eyJ", &[Run(Class::BASE64, 60, 1200)]),
    Form::key("1password", "A3-", &[Run(UPPER_DASH, 32, 40)]),
    Form::key(
        "postman",
        "PMAK-",
        &[Run(Class::HEX, 24, 24), Lit("-"), Run(Class::HEX, 34, 34)],
    ),
    Form::key("launchdarkly", "sdk-", &[Run(Class::SLUG, 36, 36)]),
    Form::key("launchdarkly", "api-", &[Run(Class::SLUG, 36, 36)]),
    Form::key("launchdarkly", "mob-", &[Run(Class::SLUG, 36, 36)]),
    Form::key("statsig", "secret-", &[Run(Class::ALNUM, 40, 60)]),
    Form::key("sourcegraph", "sgp_", &[Run(Class::WORD, 40, 80)]),
    Form::key("sourcegraph", "slk_", &[Run(Class::HEX, 60, 70)]),
    Form::key("snyk", "snyk_uat.", &[Run(Class::TOKEN, 30, 400)]),
    Form::key("infracost", "ico-", &[Run(Class::ALNUM, 30, 40)]),
    Form::key(
        "harness",
        "pat.",
        &[
            Run(Class::SLUG, 22, 22),
            Lit("."),
            Run(Class::ALNUM, 24, 24),
            Lit("."),
            Run(Class::ALNUM, 20, 20),
        ],
    ),
    Form::key(
        "harness",
        "sat.",
        &[
            Run(Class::SLUG, 22, 22),
            Lit("."),
            Run(Class::ALNUM, 24, 24),
            Lit("."),
            Run(Class::ALNUM, 20, 20),
        ],
    ),
    Form::key("octopus", "API-", &[Run(UPPER_DIGIT, 25, 30)]),
    Form::key("readme", "rdme_", &[Run(Class::LOWER_DIGIT, 60, 80)]),
    Form::key("prefect", "pnu_", &[Run(Class::ALNUM, 30, 40)]),
    Form::key("prefect", "pnb_", &[Run(Class::ALNUM, 30, 40)]),
    Form::key("dbt", "dbtc_", &[Run(Class::SLUG, 20, 60)]),
    Form::key("dbt", "dbtu_", &[Run(Class::SLUG, 20, 60)]),
    Form::key("dependency-track", "odt_", &[Run(Class::ALNUM, 32, 60)]),
    Form::key("endor", "endr+", &[Run(Class::SLUG, 16, 16)]),
    Form::key("settlemint", "sm_aat_", &[Run(Class::ALNUM, 16, 16)]),
    Form::key("settlemint", "sm_pat_", &[Run(Class::ALNUM, 16, 16)]),
    Form::key("settlemint", "sm_sat_", &[Run(Class::ALNUM, 16, 16)]),
    Form::key("depot", "depot_", &[Run(Class::ALNUM, 30, 80)]),
    Form::key(
        "stackhawk",
        "hawk.",
        &[Run(Class::SLUG, 20, 20), Lit("."), Run(Class::SLUG, 20, 20)],
    ),
    Form::key("lichess", "lip_", &[Run(Class::ALNUM, 16, 30)]),
    Form::key("phabricator", "cli-", &[Run(Class::LOWER_DIGIT, 28, 28)]),
    Form::key("phabricator", "api-", &[Run(Class::LOWER_DIGIT, 28, 28)]),
];
