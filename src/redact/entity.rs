//! The kinds of sensitive value: their names, placeholders, groups, and how
//! sure a detector must be before the `default` profile acts.
//!
//! One line per entity; the names are those of configuration, audit records
//! and `portcullis scan --jsonl`, and never change once released. What is
//! neutral (organisations, locations, dates, user names, identifiers of
//! things) has no line here on purpose: it is never searched for.

/// What a set of entities is about; profiles switch whole groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Keys, tokens, passwords: who knows one can act as somebody else.
    Secrets,
    /// Data about people that a form or a checksum gives away.
    PersonalData,
    /// Names and addresses, which only context gives away; off by default.
    Names,
}

/// How sure a detector is, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Confidence(u8);

impl Confidence {
    /// A checksum or a long published prefix agrees with the form.
    pub const CERTAIN: Self = Self(95);
    /// The form is distinctive, or a weaker one has its word beside it.
    pub const HIGH: Self = Self(80);
    /// The form is common, with some support.
    pub const LIKELY: Self = Self(60);
    /// The form alone, with nothing beside it.
    pub const WEAK: Self = Self(30);
    /// What `strict` profiles may ask for: any candidate at all.
    pub const ANY: Self = Self(0);

    /// A value of 0 to 100; more is 100.
    #[must_use]
    pub const fn new(percent: u8) -> Self {
        Self(if percent > 100 { 100 } else { percent })
    }

    /// The value, 0 to 100.
    #[must_use]
    pub const fn percent(self) -> u8 {
        self.0
    }
}

/// Defines the enum and its tables from one line per entity.
macro_rules! entities {
    ($($variant:ident $name:literal $placeholder:literal $group:ident $least:ident $doc:literal;)*) => {
        /// A kind of sensitive value.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Entity { $(#[doc = $doc] $variant,)* }

        impl Entity {
            /// Every entity, in the order of this table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in configuration, records and reports: `credit_card`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The word inside a placeholder: `CREDIT_CARD`.
            #[must_use]
            pub const fn placeholder(self) -> &'static str {
                match self { $(Self::$variant => $placeholder,)* }
            }

            /// What it is about.
            #[must_use]
            pub const fn group(self) -> Group {
                match self { $(Self::$variant => Group::$group,)* }
            }

            /// The least confidence at which the `default` profile acts.
            #[must_use]
            pub const fn default_confidence(self) -> Confidence {
                match self { $(Self::$variant => Confidence::$least,)* }
            }

            /// One sentence for reference pages.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }
        }
    };
}

entities! {
    AwsAccessKey "aws_access_key" "AWS_ACCESS_KEY" Secrets LIKELY "AWS access key id.";
    AwsSecretKey "aws_secret_key" "AWS_SECRET_KEY" Secrets LIKELY "AWS secret access key.";
    AwsSessionToken "aws_session_token" "AWS_SESSION_TOKEN" Secrets LIKELY "AWS session token.";
    AwsBedrockKey "aws_bedrock_key" "AWS_BEDROCK_KEY" Secrets LIKELY "Amazon Bedrock API key.";
    GithubToken "github_token" "GITHUB_TOKEN" Secrets LIKELY "GitHub token of any kind.";
    GitlabToken "gitlab_token" "GITLAB_TOKEN" Secrets LIKELY "GitLab token of any kind.";
    OpenaiKey "openai_key" "OPENAI_KEY" Secrets LIKELY "OpenAI API key.";
    AnthropicKey "anthropic_key" "ANTHROPIC_KEY" Secrets LIKELY "Anthropic API key.";
    GoogleApiKey "google_api_key" "GOOGLE_API_KEY" Secrets LIKELY "Google API key, OAuth token or client secret.";
    HuggingfaceToken "huggingface_token" "HUGGINGFACE_TOKEN" Secrets LIKELY "Hugging Face token.";
    AzureSecret "azure_secret" "AZURE_SECRET" Secrets LIKELY "Azure client secret, storage key, DevOps token or Teams webhook.";
    SlackToken "slack_token" "SLACK_TOKEN" Secrets LIKELY "Slack token of any kind.";
    SlackWebhook "slack_webhook" "SLACK_WEBHOOK" Secrets LIKELY "Slack incoming webhook address.";
    StripeKey "stripe_key" "STRIPE_KEY" Secrets LIKELY "Stripe secret, restricted or webhook key.";
    SendgridKey "sendgrid_key" "SENDGRID_KEY" Secrets LIKELY "SendGrid API key.";
    TwilioKey "twilio_key" "TWILIO_KEY" Secrets LIKELY "Twilio API key or account token.";
    NpmToken "npm_token" "NPM_TOKEN" Secrets LIKELY "npm access token.";
    PypiToken "pypi_token" "PYPI_TOKEN" Secrets LIKELY "PyPI upload token.";
    DiscordToken "discord_token" "DISCORD_TOKEN" Secrets LIKELY "Discord bot token or webhook address.";
    TelegramBotToken "telegram_bot_token" "TELEGRAM_BOT_TOKEN" Secrets LIKELY "Telegram bot token.";
    VendorApiKey "vendor_api_key" "VENDOR_API_KEY" Secrets LIKELY "Key in the published form of another vendor; the sub-type names it.";
    PrivateKeyPem "private_key_pem" "PRIVATE_KEY_PEM" Secrets LIKELY "Private key in PEM, OpenSSH, PGP or PuTTY armour.";
    Jwt "jwt" "JWT" Secrets LIKELY "JSON Web Token.";
    AuthorizationHeader "authorization_header" "AUTHORIZATION_HEADER" Secrets LIKELY "Credentials of an Authorization header.";
    UrlWithCredentials "url_with_credentials" "URL_WITH_CREDENTIALS" Secrets LIKELY "URL that carries a password.";
    DatabaseConnectionString "database_connection_string" "DATABASE_CONNECTION_STRING" Secrets LIKELY "Connection string that carries a password.";
    Password "password" "PASSWORD" Secrets LIKELY "Password named as one.";
    PasswordHash "password_hash" "PASSWORD_HASH" Secrets LIKELY "Hash of a password in a crypt format.";
    OtpSeed "otp_seed" "OTP_SEED" Secrets LIKELY "Seed of one-time passwords.";
    GenericSecret "generic_secret" "GENERIC_SECRET" Secrets LIKELY "Random value named as a secret.";
    EmailAddress "email_address" "EMAIL_ADDRESS" PersonalData LIKELY "E-mail address.";
    PhoneNumber "phone_number" "PHONE_NUMBER" PersonalData LIKELY "Telephone number.";
    CreditCard "credit_card" "CREDIT_CARD" PersonalData LIKELY "Payment card number.";
    Iban "iban" "IBAN" PersonalData LIKELY "International bank account number.";
    UsSsn "us_ssn" "US_SSN" PersonalData LIKELY "United States social security number.";
    UsItin "us_itin" "US_ITIN" PersonalData LIKELY "United States individual taxpayer number.";
    UkNhsNumber "uk_nhs_number" "UK_NHS_NUMBER" PersonalData LIKELY "National Health Service number.";
    UkNino "uk_nino" "UK_NINO" PersonalData LIKELY "United Kingdom national insurance number.";
    NationalId "national_id" "NATIONAL_ID" PersonalData LIKELY "National or tax number of a person; the sub-type names the scheme.";
    Passport "passport" "PASSPORT" PersonalData LIKELY "Passport number.";
    DriversLicense "drivers_license" "DRIVERS_LICENSE" PersonalData LIKELY "Driving licence number.";
    MedicalId "medical_id" "MEDICAL_ID" PersonalData LIKELY "Health insurance, patient or prescriber number.";
    BankAccount "bank_account" "BANK_ACCOUNT" PersonalData LIKELY "Bank account number.";
    VehicleId "vehicle_id" "VEHICLE_ID" PersonalData LIKELY "Vehicle identification or registration number.";
    IpAddress "ip_address" "IP_ADDRESS" PersonalData LIKELY "IP address.";
    MacAddress "mac_address" "MAC_ADDRESS" PersonalData LIKELY "Hardware address of a network interface.";
    CryptoWallet "crypto_wallet" "CRYPTO_WALLET" PersonalData LIKELY "Address of a cryptocurrency wallet.";
    DateOfBirth "date_of_birth" "DATE_OF_BIRTH" PersonalData LIKELY "Date named as somebody's birthday.";
    PersonName "person_name" "PERSON_NAME" Names LIKELY "Name of a person.";
    StreetAddress "street_address" "STREET_ADDRESS" Names LIKELY "Postal address of a place.";
}

impl Entity {
    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();

    /// The entity of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }

    /// Its place in [`Entity::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholder_words_are_the_names_in_upper_case_and_unique() {
        let mut seen = std::collections::HashSet::new();
        for (at, one) in Entity::ALL.iter().enumerate() {
            assert_eq!(one.placeholder(), one.name().to_uppercase());
            assert_eq!(Entity::named(one.name()), Some(*one));
            assert_eq!(one.index(), at);
            assert!(seen.insert(one.name()));
            assert!(one.summary().ends_with('.'));
        }
        assert_eq!(Entity::named("organization"), None);
    }

    #[test]
    fn only_names_and_addresses_are_contextual() {
        let names: Vec<_> = Entity::ALL
            .iter()
            .filter(|one| one.group() == Group::Names)
            .map(|one| one.name())
            .collect();
        assert_eq!(names, ["person_name", "street_address"]);
    }
}
