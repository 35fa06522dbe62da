// Every known difference from the examples, each with its reason. One that is no difference any more fails the test.

/** { operations, examples?, path, reason }: `path` is where it may differ (`[]` an element, `*` the order of keys, `**` all below), `operations` and `examples` whose. */
export const exceptions = [
  {
    operations: /^(Create|Fetch|Update)Verification(Check)?$/, path: "countersign",
    reason: "our one addition: what the caller may do next, and when",
  },
  { operations: /^List/, path: "meta.*", reason: "the examples have two orders of the keys of a page; ours is the first" },
  ...["amount", "payee"].map((path) => ({
    operations: /^CreateVerification(Check)?$/, examples: /^(createVerification(Email)?|verificationChecks(200)?)$/, path,
    reason: "the example leaves null what its own request sets; the documents say that it is echoed",
  })),
  { operations: /^CreateVerification$/, examples: /RateLimitExceeded$/, path: "details", reason: "our errors say why and what next, where Twilio's SDKs read details" },
  { operations: /^CreateVerification$/, examples: /RateLimitExceeded$/, path: "more_info", reason: "it leads to the server's own dictionary of errors" },
  ...["price", "channel_data.error_code", "channel_data.mcc", "channel_data.mnc", "channel_data.carrier"].flatMap((path) => [["List", "attempts[]."], ["Fetch", ""]].map(([verb, at]) => ({
    operations: new RegExp(`^${verb}VerificationAttempt$`), examples: /^(listVerificationAttempts|fetchVerificationAttempt)$/, path: at + path,
    reason: "the virtual phones cost nothing, have no network, and nothing went wrong: null, as with a carrier that does not tell",
  }))),
  ...["entity_sid", "factor_sid"].map((path) => ({
    operations: /^UpdateChallengePasskeys$/, examples: /^approvedChallengeResponse$/, path,
    reason: "who signed in is what the application asks for; the example leaves it empty",
  })),
  ...[["(CreateNew|Fetch|Update)Factor", ""], ["ListFactor", "factors[]."]].map(([operations, at]) => ({
    operations: new RegExp(`^${operations}$`), examples: /Push$/, path: `${at}config.credential_sid`, reason: "not in the examples; Twilio's SDKs for apps name their key by it",
  })),
  { operations: /^CreateNewFactor$/, examples: /^createTotp$/, path: "countersign", reason: "our addition: the picture that an app's camera reads" },
  ...[["CreateChallenge", "", /^create(Push|TotpWithoutAuthPayload)$/], ["ListChallenge", "challenges[].", /^readFull$/]].map(([operation, at, examples]) => ({
    operations: new RegExp(`^${operation}$`), examples, path: `${at}date_responded`, reason: "nobody has answered a pending challenge, though the example has a moment",
  })),
  {
    operations: /^CreateService$/, examples: /^createRecord$/, path: "passkeys.relying_party.origins[]",
    reason: "one of the example's hosts is not the relying party's, nor below it: no browser would use its passkeys there",
  },
  { operations: /^FetchForm$/, path: "forms.**", reason: "the example has empty objects where the schemas are" },
  {
    operations: /^(CreateNewFactorPasskey|CreateChallengePasskeys|UpdateChallengePasskeys)$/, path: "options.publicKey.pubKeyCredParams",
    reason: "the example has one object, for which a browser throws: WebAuthn wants a list",
  },
  ...["rpId", "allowCredentials", "userVerification"].map((name) => ({
    operations: /^(Create|Update)ChallengePasskeys$/, path: `options.publicKey.${name}`,
    reason: "what a browser needs to sign in; the example has only what it needs to register",
  })),
];

/** Examples that cannot come about here. */
export const leftOut = {
  "CreateVerification createVerificationSna": "silent network authentication needs contracts with mobile operators: Channel=sna is refused with 60223",
  "CreateVerification createVerificationAuto": "silent network authentication is no channel here: auto takes the first of the others",
  "CreateVerificationCheck snaVerificationChecks": "there is no verification by silent network authentication to check",
};

/** Operations that the server has not, or not in this shape, each with its reason. All others must pass. */
export const notYet = {};
