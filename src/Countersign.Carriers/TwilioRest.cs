using System.Net.Http.Headers;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Carriers;

/// <summary>
/// What Twilio's messages and calls have in common: the account's settings, a POST of a form to one resource of the account, and the answer, which is the created
/// resource or <c>{code, message, more_info, status}</c> (Twilio REST API 2010-04-01).
/// </summary>
sealed class TwilioRest(CarrierEnvironment environment, string resource, IReadOnlyDictionary<string, DeliveryError> errors) : IDisposable
{
    const string AccountSid = "account_sid";
    const string AuthTokenSetting = "auth_token";
    const string KeySid = "api_key_sid";
    const string KeySecret = "api_key_secret";
    const string BaseUrl = "base_url";

    readonly CarrierHttp _http = new(environment.Networks);
    readonly Uri _address = new($"{environment.Settings.Address(BaseUrl).AbsoluteUri.TrimEnd('/')}/2010-04-01/Accounts/{environment.Settings.Text(AccountSid)}/{resource}");

    readonly AuthenticationHeaderValue _credentials = environment.Settings.Find(KeySid) is { } key
        ? CarrierHttp.Basic(key, environment.Settings.Text(KeySecret))
        : CarrierHttp.Basic(environment.Settings.Text(AccountSid), environment.Settings.Text(AuthTokenSetting));

    /// <summary>The settings that both kinds begin with.</summary>
    public static IReadOnlyList<CarrierSetting> Credentials { get; } =
    [
        new(AccountSid, CarrierSettingType.Text, "The account's SID, as the Twilio console shows it.") { Required = true, Min = Sid.Length, Max = Sid.Length },
        new(AuthTokenSetting, CarrierSettingType.Secret, "The account's primary auth token. Status callbacks are checked with it, even where an API key sends.") { Required = true },
        new(KeySid, CarrierSettingType.Text, "The SID of an API key to send with instead of the auth token.") { Min = Sid.Length, Max = Sid.Length },
        new(KeySecret, CarrierSettingType.Secret, "The secret of that API key."),
    ];

    /// <summary>The setting that both kinds end with.</summary>
    public static CarrierSetting Base { get; } =
        new(BaseUrl, CarrierSettingType.Address, "Where the API is: another of Twilio's regions, or a simulator.") { Default = "https://api.twilio.com" };

    /// <summary>What callbacks are signed with.</summary>
    public string AuthToken { get; } = environment.Settings.Text(AuthTokenSetting);

    /// <summary>What is wrong with the settings that both kinds share.</summary>
    public static IEnumerable<SettingProblem> Check(CarrierSettings settings)
    {
        if (!Sid.TryParse(settings.Text(AccountSid), "AC", out _))
        {
            yield return new SettingProblem(AccountSid, "must be AC and 32 hex digits");
        }

        if (settings.Find(KeySid) is { } key && !Sid.TryParse(key, "SK", out _))
        {
            yield return new SettingProblem(KeySid, "must be SK and 32 hex digits");
        }

        if (settings.Find(KeySid) is null != settings.Find(KeySecret) is null)
        {
            yield return new SettingProblem(settings.Find(KeySid) is null ? KeySid : KeySecret, $"{KeySid} and {KeySecret} go together");
        }
    }

    /// <summary>Creates one resource. Never repeats a request: Twilio's API knows no idempotency key.</summary>
    public async ValueTask<SendOutcome> CreateAsync(IEnumerable<KeyValuePair<string, string>> fields, CancellationToken ct)
    {
        var request = CarrierHttp.Form(_address, fields);
        request.Headers.Authorization = _credentials;
        return Read(await _http.SendAsync(request, ct));
    }

    public void Dispose() => _http.Dispose();

    SendOutcome Read(CarrierAnswer answer)
    {
        var body = answer.Json();
        if (!answer.IsSuccess)
        {
            var code = Refusals.Code(body.TextAt("code"));
            return new SendOutcome.Refused(
                code is not null && errors.TryGetValue(code, out var known) ? known : HttpStatusErrors.Of(answer.Status),
                code ?? HttpStatusErrors.CodeOf(answer.Status));
        }

        if (CarrierWords.Id(body.TextAt("sid")) is not { } sid)
        {
            return new SendOutcome.Refused(DeliveryError.MalformedAnswer, HttpStatusErrors.CodeOf(answer.Status));
        }

        // A resource can be born dead.
        if (body.TextAt("status") is "failed" or "undelivered" or "canceled")
        {
            var code = Refusals.Code(body.TextAt("error_code"));
            return new SendOutcome.Refused(errors.GetValueOrDefault(code ?? "", DeliveryError.Unknown), code);
        }

        return new SendOutcome.Accepted(sid);
    }
}
