using System.Globalization;
using System.Text.Json;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Lookups;
using Countersign.Core.Numbers;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>Twilio's Lookup v2: whether a number can exist, and what is known of its line. Packages that need data which no source here has are null.</summary>
sealed class LookupEndpoints(ILineSource source, LookupPace pace, PublicAddress address, SlidingWindows windows, SharedCounts shared, TimeProvider time)
{
    const string DefaultCountry = "US";

    static readonly TimeSpan ComeBackIn = TimeSpan.FromSeconds(5);

    static readonly string[] Packages =
    [
        "validation", "caller_name", "sim_swap", "call_forwarding", "line_status", "line_type_intelligence", "identity_match", "reassigned_number", "sms_pumping_risk",
        "phone_number_quality_score", "pre_fill",
    ];

    // The plans and the table are in memory and cost nothing; whoever else is asked may charge for each number.
    readonly CallLimit? _pace = source is NumberingPlanSource || pace.PerMinute == 0 ? null : new CallLimit(windows, shared, LimitKind.LookupCalls, pace.PerMinute, TimeSpan.FromMinutes(1), time);

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v2/PhoneNumbers/{number}", AnswerMapping.Answering(FetchAsync));

    async ValueTask<IResult> FetchAsync(HttpContext context)
    {
        if (!Form.FromQuery(context.Request).TryGet(out var query, out var error))
        {
            return error;
        }

        var binder = new FormBinder(query);
        var asked = ReadFields(binder);
        var country = binder.Text("CountryCode", 2, 2)?.ToUpperInvariant();
        if (country is not null && !Countries.Contains(country))
        {
            binder.Invalid("CountryCode", country, "not_a_country", "Must be an ISO 3166-1 country of two letters, such as DE.");
        }

        if (binder.Error is not null)
        {
            return binder.Error;
        }

        var text = (string)context.Request.RouteValues["number"]!;
        if (!TryRead(text, country ?? DefaultCountry, out var number, out var problem))
        {
            return new LookupAnswer(text, null, problem, null, asked, address.Of(context.Request));
        }

        if (asked != LineQuestions.None && _pace?.Judge(Caller.Of(context).AccountSid) is { } refusal)
        {
            return GuardErrors.Guarded(refusal);
        }

        try
        {
            var facts = asked == LineQuestions.None ? null : await source.FindAsync(number!, asked, context.RequestAborted);
            return new LookupAnswer(number!.Reveal(), number, null, facts, asked, address.Of(context.Request));
        }
        catch (LineSourceAwayException)
        {
            return ApiErrors.Unavailable(ComeBackIn, "line_source_away");
        }
    }

    static LineQuestions ReadFields(FormBinder binder)
    {
        var asked = LineQuestions.None;
        foreach (var name in (binder.Text("Fields", 0, 1024) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Packages.Contains(name))
            {
                binder.Invalid("Fields", name, "not_a_choice", $"Must be names out of: {string.Join(", ", Packages)}.");
            }

            asked |= name switch
            {
                "line_type_intelligence" => LineQuestions.LineType,
                "sim_swap" => LineQuestions.SimSwap,
                _ => LineQuestions.None,
            };
        }

        return asked;
    }

    /// <summary>As Twilio reads it: in E.164, or in national form of the country that was named. Where only one number can be meant, that is it.</summary>
    static bool TryRead(string text, string country, out PhoneNumber? number, out NumberProblemReason problem)
    {
        problem = default;
        if (PhoneNumber.TryParse(text, country, out number, out var why))
        {
            return true;
        }

        if (why.Reason is NumberProblemReason.NotInternational or NumberProblemReason.NationalPrefix && PhoneNumber.TryParse(why.Suggestion, out number, out _))
        {
            return true;
        }

        problem = why.Reason == NumberProblemReason.NotInternational ? AsNational(text, country) ?? why.Reason : why.Reason;
        return false;
    }

    /// <summary>What is wrong with digits without a country code as a number of the country that was named; null where nothing can be said of them.</summary>
    static NumberProblemReason? AsNational(string text, string country)
    {
        var digits = string.Concat(text.Where(char.IsAsciiDigit)).TrimStart('0');
        if (digits.Length == 0 || Countries.CallingCodeOf(country) is not (> 0 and var code))
        {
            return null;
        }

        _ = PhoneNumber.TryParse(string.Create(CultureInfo.InvariantCulture, $"+{code}{digits}"), out _, out var why);
        return why?.Reason;
    }
}

/// <summary>How many numbers one account may have a source of lines asked about in any minute; 0 for no limit.</summary>
sealed record LookupPace(int PerMinute);

/// <summary>What Lookup says of a number, every key there is.</summary>
sealed class LookupAnswer(string text, PhoneNumber? number, NumberProblemReason? problem, LineFacts? facts, LineQuestions asked, string address) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("calling_country_code"u8, number?.CallingCode.ToString(CultureInfo.InvariantCulture));
        json.WriteString("country_code"u8, number is null or { Country: "ZZ" } ? null : number.Country);
        json.WriteString("phone_number"u8, text);
        json.WriteString("national_format"u8, number?.NationalFormat);
        json.WriteBoolean("valid"u8, number is not null);
        if (problem is { } reason)
        {
            json.WriteStartArray("validation_errors"u8);
            json.WriteStringValue(ErrorOf(reason));
            json.WriteEndArray();
        }
        else
        {
            json.WriteNull("validation_errors"u8);
        }

        json.WriteNull("caller_name"u8);
        WriteSimSwap(json);
        json.WriteNull("call_forwarding"u8);
        json.WriteNull("line_status"u8);
        WriteLineType(json);
        json.WriteNull("identity_match"u8);
        json.WriteNull("reassigned_number"u8);
        json.WriteNull("sms_pumping_risk"u8);
        json.WriteNull("phone_number_quality_score"u8);
        json.WriteNull("pre_fill"u8);
        json.WriteString("url"u8, $"{address}/v2/PhoneNumbers/{(number is null ? Uri.EscapeDataString(text).Replace("%2B", "+", StringComparison.Ordinal) : text)}");
        json.WriteEndObject();
    }

    void WriteSimSwap(Utf8JsonWriter json)
    {
        if (!asked.HasFlag(LineQuestions.SimSwap) || facts is null or { SimSwap: null, SimSwapError: null })
        {
            json.WriteNull("sim_swap"u8);
            return;
        }

        json.WriteStartObject("sim_swap"u8);
        WriteLastSwap(json, facts.SimSwap);
        json.WriteString("carrier_name"u8, facts.CarrierName);
        json.WriteString("mobile_country_code"u8, facts.MobileCountryCode);
        json.WriteString("mobile_network_code"u8, facts.MobileNetworkCode);
        WriteError(json, facts.SimSwapError);
        json.WriteEndObject();
    }

    static void WriteLastSwap(Utf8JsonWriter json, SimSwap? swap)
    {
        if (swap is null)
        {
            json.WriteNull("last_sim_swap"u8);
            return;
        }

        json.WriteStartObject("last_sim_swap"u8);
        json.WriteString("last_sim_swap_date"u8, swap.At is { } at ? VerificationJson.Date(at) : null);
        json.WriteString("swapped_period"u8, swap.Period);
        if (swap.InPeriod is { } inPeriod)
        {
            json.WriteBoolean("swapped_in_period"u8, inPeriod);
        }
        else
        {
            json.WriteNull("swapped_in_period"u8);
        }

        json.WriteEndObject();
    }

    void WriteLineType(Utf8JsonWriter json)
    {
        if (!asked.HasFlag(LineQuestions.LineType) || facts is null)
        {
            json.WriteNull("line_type_intelligence"u8);
            return;
        }

        json.WriteStartObject("line_type_intelligence"u8);
        WriteError(json, facts.LineTypeError);
        json.WriteString("mobile_country_code"u8, facts.MobileCountryCode);
        json.WriteString("mobile_network_code"u8, facts.MobileNetworkCode);
        json.WriteString("carrier_name"u8, facts.CarrierName);
        json.WriteString("type"u8, facts is { LineTypeError: not null, Type: LineType.Unknown } ? null : TypeOf(facts.Type));
        json.WriteEndObject();
    }

    static void WriteError(Utf8JsonWriter json, int? error)
    {
        if (error is { } code)
        {
            json.WriteNumber("error_code"u8, code);
        }
        else
        {
            json.WriteNull("error_code"u8);
        }
    }

    static string ErrorOf(NumberProblemReason reason) => reason switch
    {
        NumberProblemReason.TooShort => "TOO_SHORT",
        NumberProblemReason.TooLong or NumberProblemReason.NationalPrefix => "TOO_LONG",
        NumberProblemReason.UnknownCallingCode => "INVALID_COUNTRY_CODE",
        NumberProblemReason.NotAssigned or NumberProblemReason.NotInternational => "INVALID_BUT_POSSIBLE",
        _ => "NOT_A_NUMBER",
    };

    /// <summary>Twilio's names; where nobody tells whether a VoIP line is bound to a place, it is not, as most are.</summary>
    static string TypeOf(LineType type) => type switch
    {
        LineType.Mobile => "mobile",
        LineType.FixedLine => "landline",
        LineType.Voip => "nonFixedVoip",
        LineType.FixedVoip => "fixedVoip",
        LineType.TollFree => "tollFree",
        LineType.PremiumRate => "premium",
        LineType.SharedCost => "sharedCost",
        LineType.PersonalNumber => "personal",
        LineType.Pager => "pager",
        LineType.Uan => "uan",
        LineType.Voicemail => "voicemail",
        _ => "unknown",
    };
}
