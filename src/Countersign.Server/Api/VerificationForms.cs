using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Messages;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Numbers;
using Countersign.Core.Services;
using Countersign.Core.Verifications;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>Reads the forms of starts and checks into commands; after this there are no raw strings.</summary>
static partial class VerificationForms
{
    const int MaxTags = 10, MaxTagLength = 128;
    const int MaxPaymentText = 100;

    // Far beyond any solution: one that is none is answered with a challenge, as a wrong one is.
    const int MaxChallenge = 8192;

    static readonly (string Name, bool Value)[] RiskChecks = [("enable", true), ("disable", false)];

    const string Auto = "auto";

    // sna and rcs are channels of Twilio's that no carrier here serves: they get the error for that, not the one for nonsense.
    static readonly (string Name, Channel? Value)[] Channels =
    [
        ("sms", Channel.Sms), ("call", Channel.Call), ("email", Channel.Email), ("whatsapp", Channel.WhatsApp), (Auto, Channel.Sms), ("sna", null), ("rcs", null),
    ];

    public static bool TryBindStart(
        Form form,
        VerifyService service,
        TemplateCatalog templates,
        [NotNullWhen(true)] out CreateVerificationCommand? command,
        [NotNullWhen(false)] out ApiError? error)
    {
        var binder = new FormBinder(form) { EmptyIsAbsent = true };

        // A code of ours in the place of the caller's, one for no payment, or one without the caller's limits would not be what was asked for.
        binder.RefuseEmpty("CustomCode");
        binder.RefuseEmpty("RateLimits");
        RefuseEmptyPayment(binder);
        var to = BindTo(binder, isMail: form["Channel"] == "email" || (form["Channel"] == Auto && form["To"]?.Contains('@', StringComparison.Ordinal) == true));
        var channel = BindChannel(binder);
        var appHash = BindAppHash(binder, channel);
        var friendlyName = BindFriendlyName(binder, "CustomFriendlyName");
        var customCode = BindCustomCode(binder);
        var template = TemplateForms.Bind(binder, service, templates, channel, form["Channel"] == Auto, friendlyName ?? service.FriendlyName, customCode);
        var locale = BindLocale(binder, channel, template.Template);
        var tags = binder.JsonMap("Tags", MaxTags, MaxTagLength, static key => RiskForms.LongestOf(key) ?? MaxTagLength);
        var details = BindDetails(binder, form, to, channel, template, locale, friendlyName, appHash, tags);
        var signals = BindSignals(binder, RiskForms.Bind(binder, tags));
        BindRest(binder);
        TemplateForms.Check(binder, template, channel, to, details);

        error = binder.Error;
        command = error is null
            ? new CreateVerificationCommand { Service = service, To = to!, Channel = channel, IsAuto = form["Channel"] == Auto, CustomCode = customCode, Details = details, Signals = signals }
            : null;
        return error is null;
    }

    static VerificationDetails BindDetails(
        FormBinder binder, Form form, Destination? to, Channel channel, BoundTemplate template, string? locale, string? friendlyName, string? appHash, IReadOnlyDictionary<string, string>? tags)
    {
        var (amount, payee) = (BindPaymentText(binder, "Amount"), BindPaymentText(binder, "Payee"));
        var (deviceIp, sendDigits) = (BindDeviceIp(binder), BindSendDigits(binder));
        var fallback = FallbackForms.Bind(binder, form["Channel"] == Auto ? null : channel, to);
        var kept = RiskForms.WithoutSignals(tags);
        if (template is { Locale: null, Asked: null, Substitutions: null } && locale is null && friendlyName is null && appHash is null && kept is null
            && amount is null && payee is null && deviceIp is null && sendDigits is null && fallback is null)
        {
            return VerificationDetails.Nothing;
        }

        return new VerificationDetails
        {
            Locale = template.Locale ?? locale,
            CustomFriendlyName = friendlyName,
            AppHash = appHash,
            Amount = amount,
            Payee = payee,
            TemplateSid = template.Asked,
            Substitutions = template.Substitutions,
            Tags = kept,
            DeviceIp = deviceIp,
            SendDigits = sendDigits,
            Fallback = fallback,
        };
    }

    public static bool TryBindCheck(
        Form form, VerifyService service, [NotNullWhen(true)] out CheckVerificationCommand? command, [NotNullWhen(false)] out ApiError? error)
    {
        var binder = new FormBinder(form) { EmptyIsAbsent = true };
        RefuseEmptyPayment(binder);
        var sid = binder.Sid("VerificationSid", "VE");
        var to = binder.IsEmpty("To") ? null : BindOptionalTo(binder);
        if (sid is null && to is null)
        {
            binder.Fail(ApiErrors.NeitherToNorSid());
        }

        // One sentence for all lengths: how many may be typed with spaces and dashes is not what the code may have.
        var code = binder.RequiredText("Code", 1, int.MaxValue);
        if (code.Length > 0 && TypedCode.Plain(code).Length is var length and (< CodeVault.MinLength or > CodeVault.MaxLength))
        {
            binder.Invalid("Code", null, length > CodeVault.MaxLength ? "too_long" : "too_short", $"Must be of {CodeVault.MinLength} to {CodeVault.MaxLength} characters, spaces and dashes not counted.");
        }

        var amount = BindPaymentText(binder, "Amount");
        var payee = BindPaymentText(binder, "Payee");
        binder.Text("SnaClientToken", 0, 1024);
        var deviceIp = BindDeviceIp(binder);

        error = binder.Error;
        command = error is null
            ? new CheckVerificationCommand { Service = service, VerificationSid = sid, To = to, Code = new OneTimeCode(code), Amount = amount, Payee = payee, DeviceIp = deviceIp }
            : null;
        return error is null;
    }

    /// <summary>Letters, digits, spaces, dashes and underscores, four digits at most: no room for a number or a link.</summary>
    public static string? BindFriendlyName(FormBinder binder, string name)
    {
        var text = binder.Text(name, 1, 30);
        if (text is null)
        {
            return null;
        }

        if (!FriendlyNamePattern().IsMatch(text) || text.AsSpan().ContainsAny('\u3164', '\uffa0') || text.AsSpan().ContainsAnyInRange('\u115f', '\u1160'))
        {
            binder.Invalid(name, text, "invalid_characters", $"{name} may hold letters, digits, spaces, dashes and underscores.");
        }
        else if (text.Count(char.IsDigit) > 4)
        {
            binder.Invalid(name, text, "too_many_digits", $"{name} may hold four digits at most, so that it cannot carry a phone number.");
        }
        else if (string.IsNullOrWhiteSpace(text))
        {
            binder.Invalid(name, text, "empty", $"{name} must name the application.");
        }

        return text;
    }

    /// <summary>A destination that need not be there, of whatever kind it looks like.</summary>
    public static Destination? BindOptionalTo(FormBinder binder) =>
        binder.Has("To") ? BindTo(binder, isMail: binder.Text("To", 0, 1024)?.Contains('@', StringComparison.Ordinal) == true) : null;

    static Destination? BindTo(FormBinder binder, bool isMail)
    {
        if (isMail)
        {
            return BindMailbox(binder);
        }

        var text = binder.RequiredPhone("To", 1024);
        if (binder.Error is not null)
        {
            return null;
        }

        if (PhoneNumber.TryParse(text, out var number, out var problem))
        {
            return number;
        }

        binder.Invalid("To", text, problem.ReasonName, problem.Explanation, problem.Suggestion);
        return null;
    }

    static EmailAddress? BindMailbox(FormBinder binder)
    {
        var text = binder.RequiredText("To", 1, 1024);
        if (binder.Error is not null)
        {
            return null;
        }

        if (EmailAddress.TryParse(text, out var mailbox, out var problem))
        {
            return mailbox;
        }

        binder.Invalid("To", text, problem.ReasonName, problem.Explanation, problem.Suggestion);
        return null;
    }

    static Channel BindChannel(FormBinder binder)
    {
        var text = binder.RequiredText("Channel", 1, 32);
        foreach (var (name, value) in Channels)
        {
            if (text == name)
            {
                if (value is null)
                {
                    binder.Fail(ApiErrors.ChannelNotThere(name, "sms", "call", "whatsapp", "email", "auto"));
                }

                return value ?? Channel.Sms;
            }
        }

        binder.Invalid("Channel", text, "not_a_choice", "Must be one of sms, call, email, whatsapp, auto.", text.Trim().ToLowerInvariant() is "sms" ? "sms" : null);
        return Channel.Sms;
    }

    static void RefuseEmptyPayment(FormBinder binder)
    {
        binder.RefuseEmpty("Amount");
        binder.RefuseEmpty("Payee");
    }

    /// <summary>One line that reads as it is: whoever chooses a payee may be the fraudster, and must not write lines, links or a reordered amount into the message.</summary>
    static string? BindPaymentText(FormBinder binder, string name)
    {
        var text = binder.Text(name, 1, MaxPaymentText);
        if (text is not null && !VisibleText.IsOneLine(text))
        {
            binder.Invalid(name, null, "invalid_characters", $"{name} must be one line of visible text.");
        }
        else if (text is not null && LinkPattern().IsMatch(text))
        {
            binder.Invalid(name, null, "link", $"{name} must not hold a link.");
        }

        return text;
    }

    // With its scheme, or as phones know one without: a name with a dot, and a path behind it. S.A./N.V. is none.
    [GeneratedRegex(@"://|[\p{L}\p{Nd}-]\.\p{L}{2,}/")]
    private static partial Regex LinkPattern();

    static string? BindLocale(FormBinder binder, Channel channel, MessageTemplate? template)
    {
        var text = binder.Text("Locale", 1, 35);
        if (text is null)
        {
            return null;
        }

        if (channel == Channel.Call && VoiceScripts.Supports(text))
        {
            return text;
        }

        if (template is not null && TemplateForms.LocaleOf(template, text) is { } own)
        {
            if (channel == Channel.Call)
            {
                binder.Fail(ApiErrors.NoVoiceForLocale(text));
            }

            return own;
        }

        if (Locales.TryNormalize(text, out var locale))
        {
            if (channel == Channel.Call && !VoiceScripts.Supports(locale))
            {
                binder.Fail(ApiErrors.NoVoiceForLocale(text));
            }

            return locale;
        }

        if (template is not null && channel != Channel.Call && TemplateForms.MayDefault(text))
        {
            return template.Default.Locale;
        }

        // Twilio's documents: an override that is not supported is a 404.
        binder.Fail(new ApiError(404, 20404, "The requested locale was not found")
        {
            Details = ErrorDetails.For("unsupported_locale").With("parameter", "Locale")
                .With("explanation", "There are no words in this locale. Leave Locale out to have it chosen by the number's country; docs/words.md lists all 42."),
        });
        return null;
    }

    static string? BindAppHash(FormBinder binder, Channel channel)
    {
        var text = binder.Text("AppHash", 1, 64);
        if (text is null)
        {
            return null;
        }

        if (channel != Channel.Sms)
        {
            binder.Fail(ApiErrors.AppHashNotSms());
        }
        else if (!Autofill.IsAppHash(text))
        {
            binder.Invalid("AppHash", text, "not_an_app_hash", "An Android SMS Retriever hash has 11 characters of base64.");
        }

        return text;
    }

    static string? BindDeviceIp(FormBinder binder)
    {
        var text = binder.Text("DeviceIp", 1, 64);
        if (text is null)
        {
            return null;
        }

        if (IpAddress.TryParse(text, out var address))
        {
            return address.Reveal();
        }

        binder.Invalid("DeviceIp", text, "not_an_ip_address", "Must be an IPv4 or IPv6 address without a port.");
        return null;
    }

    static string? BindSendDigits(FormBinder binder)
    {
        var text = binder.Text("SendDigits", 1, 32);
        if (text is not null && !SendDigitsPattern().IsMatch(text))
        {
            binder.Invalid("SendDigits", text, "invalid_characters", "Must be digits, *, # and w for a pause.");
        }

        return text;
    }

    static OneTimeCode? BindCustomCode(FormBinder binder)
    {
        var text = binder.Text("CustomCode", CodeVault.MinLength, CodeVault.MaxLength);
        if (text is null)
        {
            return null;
        }

        if (!CustomCodePattern().IsMatch(text))
        {
            binder.Invalid("CustomCode", null, "invalid_characters", "A code has 4 to 10 letters or digits.");
        }

        return new OneTimeCode(text);
    }

    static StartSignals BindSignals(FormBinder binder, CallerSignals caller)
    {
        var riskCheck = binder.Choice("RiskCheck", RiskChecks) ?? true;
        var limits = binder.JsonMap("RateLimits", 20, 256, 256);
        if (limits?.Keys.FirstOrDefault(key => !LimitNamePattern().IsMatch(key)) is not null)
        {
            binder.Invalid("RateLimits", null, "invalid_limit_name", "Names of rate limits are letters, digits, dashes, underscores and dots.");
        }

        var challenge = binder.Text("Challenge", 1, MaxChallenge);
        return riskCheck && limits is null && challenge is null && ReferenceEquals(caller, CallerSignals.None)
            ? StartSignals.None
            : new StartSignals { RiskCheck = riskCheck, RateLimits = limits, Challenge = challenge, Caller = caller };
    }

    /// <summary>Parameters that are checked although nothing here uses them yet, so that a wrong one is found today and not with the release that does.</summary>
    static void BindRest(FormBinder binder)
    {
        binder.Flag("EnableSnaClientToken");

        if (binder.Text("ChannelConfiguration", 2, 4096) is { } configuration && !IsJsonObject(configuration))
        {
            binder.Invalid("ChannelConfiguration", null, "not_an_object", "Must be a JSON object.");
        }
    }

    static bool IsJsonObject(string text)
    {
        try
        {
            using var document = System.Text.Json.JsonDocument.Parse(text);
            return document.RootElement.ValueKind == System.Text.Json.JsonValueKind.Object;
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\A[\p{L}\p{M}\p{Nd} _-]+\z")]
    private static partial Regex FriendlyNamePattern();

    [GeneratedRegex(@"\A[A-Za-z0-9]{4,10}\z")]
    private static partial Regex CustomCodePattern();

    [GeneratedRegex(@"\A[A-Za-z0-9._-]+\z")]
    private static partial Regex LimitNamePattern();

    [GeneratedRegex(@"\A[0-9*#wW]+\z")]
    private static partial Regex SendDigitsPattern();
}
