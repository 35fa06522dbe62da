// Parameters that do something else here, or nothing: [operations, parameter, reason]. Everything else has to work.

export const differs = [
  [/^(Create|Update)Service$/, /^TtsName$/, "kept and shown; a call is spoken by the carrier's voices"],
  [/^(Create|Update)Service$/, /^Whatsapp\./, "kept and shown; the carrier's settings say which sender and account it uses"],
  [/^CreateVerification$/, /^ChannelConfiguration$/, "its members for mail are accepted and ignored: the carrier's settings say who writes; `fallback`, which is ours, is read"],
  [/^Update(PasskeysFactor|ChallengePasskeys)$/, /^authenticatorAttachment$/, "accepted and not looked at: nothing that was signed says it"],
];

export const notThere = [
  [/^CreateVerification$/, /^EnableSnaClientToken$/, "silent network authentication needs contracts with mobile operators; its form is checked, and nothing follows"],
  [/^CreateVerificationCheck$/, /^SnaClientToken$/, "silent network authentication is no channel here; it is ignored"],
];
