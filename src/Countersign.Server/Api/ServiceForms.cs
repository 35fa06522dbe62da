using System.Diagnostics.CodeAnalysis;
using Countersign.Core.Services;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>Reads the form of a service into a change of its settings; what was not sent stays as it is, what was sent empty is cleared.</summary>
static class ServiceForms
{
    static readonly string[] Attachments = ["platform", "cross-platform", "any"];
    static readonly string[] Requirements = ["required", "preferred", "discouraged"];

    static readonly string[] PasskeyParameters =
    [
        "Passkeys.RelyingParty.Id", "Passkeys.RelyingParty.Name", "Passkeys.RelyingParty.Origins", "Passkeys.AuthenticatorAttachment", "Passkeys.DiscoverableCredentials",
        "Passkeys.UserVerification",
    ];

    public static bool TryBind(Form form, [NotNullWhen(true)] out Func<VerifyService, VerifyService>? change, [NotNullWhen(false)] out ApiError? error)
    {
        var binder = new FormBinder(form);
        var name = VerificationForms.BindFriendlyName(binder, "FriendlyName")?.Trim(); // It stands in the middle of a sentence.
        var codeLength = binder.Integer("CodeLength", 4, 10);
        var lookup = binder.Flag("LookupEnabled");
        var psd2 = binder.Flag("Psd2Enabled");
        var skipLandlines = binder.Flag("SkipSmsToLandlines");
        var dtmf = binder.Flag("DtmfInputRequired");
        var doNotShare = binder.Flag("DoNotShareWarningEnabled");
        var customCode = binder.Flag("CustomCodeEnabled");
        var events = binder.Flag("VerifyEventSubscriptionEnabled");
        var includeDate = binder.Flag("Push.IncludeDate");
        var ttsName = Setting(binder, "TtsName", 64);
        var apn = SidSetting(binder, "Push.ApnCredentialSid", "CR");
        var fcm = SidSetting(binder, "Push.FcmCredentialSid", "CR");
        var issuer = Setting(binder, "Totp.Issuer", 64);
        var timeStep = binder.Integer("Totp.TimeStep", 20, 60);
        var totpLength = binder.Integer("Totp.CodeLength", 3, 8);
        var skew = binder.Integer("Totp.Skew", 0, 2);
        var template = binder.Sid("DefaultTemplateSid", "HJ", allowEmpty: true);
        var clearTemplate = binder.IsEmpty("DefaultTemplateSid");
        var msgService = SidSetting(binder, "Whatsapp.MsgServiceSid", "MG");
        var whatsAppFrom = Setting(binder, "Whatsapp.From", 64);
        var relyingPartyId = Setting(binder, "Passkeys.RelyingParty.Id", 253);
        var relyingPartyName = Setting(binder, "Passkeys.RelyingParty.Name", 100);
        var origins = Setting(binder, "Passkeys.RelyingParty.Origins", 2000);
        var attachment = OneOf(binder, "Passkeys.AuthenticatorAttachment", Attachments);
        var discoverable = OneOf(binder, "Passkeys.DiscoverableCredentials", Requirements);
        var userVerification = OneOf(binder, "Passkeys.UserVerification", Requirements);

        error = binder.Error;
        change = error is not null ? null : before => before with
        {
            FriendlyName = name ?? before.FriendlyName,
            CodeLength = codeLength ?? before.CodeLength,
            LookupEnabled = lookup ?? before.LookupEnabled,
            Psd2Enabled = psd2 ?? before.Psd2Enabled,
            SkipSmsToLandlines = skipLandlines ?? before.SkipSmsToLandlines,
            DtmfInputRequired = dtmf ?? before.DtmfInputRequired,
            TtsName = ttsName.Apply(before.TtsName),
            DoNotShareWarningEnabled = doNotShare ?? before.DoNotShareWarningEnabled,
            CustomCodeEnabled = customCode ?? before.CustomCodeEnabled,
            VerifyEventSubscriptionEnabled = events ?? before.VerifyEventSubscriptionEnabled,
            DefaultTemplateSid = clearTemplate ? null : template ?? before.DefaultTemplateSid,
            Push = new PushSettings
            {
                IncludeDate = includeDate ?? before.Push.IncludeDate,
                ApnCredentialSid = apn.Apply(before.Push.ApnCredentialSid),
                FcmCredentialSid = fcm.Apply(before.Push.FcmCredentialSid),
            },
            Totp = new TotpSettings
            {
                Issuer = issuer.Apply(before.Totp.Issuer),
                TimeStep = timeStep ?? before.Totp.TimeStep,
                CodeLength = totpLength ?? before.Totp.CodeLength,
                Skew = skew ?? before.Totp.Skew,
            },
            WhatsApp = new WhatsAppSettings
            {
                MsgServiceSid = msgService.Apply(before.WhatsApp.MsgServiceSid),
                From = whatsAppFrom.Apply(before.WhatsApp.From),
            },
            Passkeys = new PasskeySettings
            {
                RelyingPartyId = relyingPartyId.Apply(before.Passkeys.RelyingPartyId),
                RelyingPartyName = relyingPartyName.Apply(before.Passkeys.RelyingPartyName),
                RelyingPartyOrigins = origins.WasSent ? Split(origins.Value) : before.Passkeys.RelyingPartyOrigins,
                AuthenticatorAttachment = attachment ?? before.Passkeys.AuthenticatorAttachment,
                DiscoverableCredentials = discoverable ?? before.Passkeys.DiscoverableCredentials,
                UserVerification = userVerification ?? before.Passkeys.UserVerification,
            },
        };
        return error is null;
    }

    /// <summary>
    /// Why the service's settings of passkeys cannot be used as the request would leave them; null where it says nothing of them, so that a service whose settings were wrong before can still be renamed.
    /// </summary>
    public static ApiError? CheckPasskeys(Form form, VerifyService after) => PasskeyParameters.Any(form.Has) ? PasskeyConfigs.Refusal(after) : null;

    static Edit Setting(FormBinder binder, string name, int max)
    {
        var text = binder.Text(name, 0, max);
        return new Edit(binder.Has(name), text is "" ? null : text);
    }

    static Edit SidSetting(FormBinder binder, string name, string prefix)
    {
        var sid = binder.Sid(name, prefix, allowEmpty: true);
        return new Edit(binder.Has(name), sid?.ToString());
    }

    /// <summary>One of the words, or the empty text, which Twilio keeps and shows as such.</summary>
    static string? OneOf(FormBinder binder, string name, string[] words)
    {
        var text = binder.Text(name, 0, 64);
        if (text is not (null or "") && !words.Contains(text))
        {
            binder.Invalid(name, text, "not_a_choice", $"Must be one of {string.Join(", ", words)}, or empty.");
        }

        return text;
    }

    static string[]? Split(string? origins) =>
        origins?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A text that an update may set or clear.</summary>
    readonly record struct Edit(bool WasSent, string? Value)
    {
        public string? Apply(string? before) => WasSent ? Value : before;
    }
}
