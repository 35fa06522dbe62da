using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Delivery.Attempts;
using Countersign.Core.Numbers;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>What the list and the summary of attempts are asked for.</summary>
static class AttemptForms
{
    /// <summary>A channel that Twilio has and this server sends nothing over.</summary>
    const Channel Rbm = 0;

    const int MaxPrefix = 16;

    static readonly (string, Channel)[] Channels =
        [("sms", Channel.Sms), ("call", Channel.Call), ("email", Channel.Email), ("whatsapp", Channel.WhatsApp), ("rbm", Rbm)];

    static readonly (string, bool)[] Statuses = [("converted", true), ("unconverted", false)];

    public static bool TryBindList(HttpRequest request, Sid account, AttemptPages pages, [NotNullWhen(true)] out AttemptListQuery? list, [NotNullWhen(false)] out ApiError? error)
    {
        list = null;
        if (!Form.FromQuery(request).TryGet(out var form, out error))
        {
            return false;
        }

        var binder = new FormBinder(form);
        var filter = Common(binder, account) with
        {
            Destination = DestinationQuery.Read(binder, "ChannelData.To"),
            Verification = binder.Sid("VerificationSid", "VE"),
            IsConverted = binder.Choice<bool>("Status", Statuses),
        };
        var size = ListQuery.SizeOf(binder);
        var number = binder.Integer("Page", 0, int.MaxValue) ?? 0;
        UInt128? before = null;
        if (binder.Text("PageToken", 1, AttemptPages.Length) is { } token && !pages.TryRead(account, token, out before))
        {
            binder.Invalid("PageToken", token, "not_a_page_token", "Use the token from next_page_url as it is.");
        }

        error = binder.Error ?? (number > 0 && before is null ? ApiErrors.PageTokenRequired() : null);
        list = new AttemptListQuery(filter, size, number, before, Asked(form), pages);
        return error is null;
    }

    public static bool TryBindSummary(HttpRequest request, Sid account, [NotNullWhen(true)] out AttemptFilter? filter, [NotNullWhen(false)] out ApiError? error)
    {
        filter = null;
        if (!Form.FromQuery(request).TryGet(out var form, out error))
        {
            return false;
        }

        var binder = new FormBinder(form);
        filter = Common(binder, account) with { Prefix = Prefix(binder) };
        error = binder.Error;
        return error is null;
    }

    static AttemptFilter Common(FormBinder binder, Sid account) => new()
    {
        Account = account,
        From = Moment(binder, "DateCreatedAfter"),
        To = Moment(binder, "DateCreatedBefore"),
        Service = binder.Sid("VerifyServiceSid", "VA"),
        Country = Country(binder),
        Channel = binder.Choice<Channel>("Channel", Channels),
    };

    /// <summary>What else the pages' addresses say: the filters as they were sent.</summary>
    static string Asked(Form form)
    {
        var text = "";
        foreach (var (name, value) in form.Pairs)
        {
            if (name is "DateCreatedAfter" or "DateCreatedBefore" or "ChannelData.To" or "Country" or "Channel" or "VerifyServiceSid" or "VerificationSid" or "Status")
            {
                text += $"{name}={Uri.EscapeDataString(name == "ChannelData.To" ? Form.WithPlus(value)! : value)}&";
            }
        }

        return text;
    }

    static string? Prefix(FormBinder binder)
    {
        if (binder.Phone("DestinationPrefix", MaxPrefix) is not { } text)
        {
            return null;
        }

        if (text.Length > 1 && text[0] == '+' && !text.AsSpan(1).ContainsAnyExceptInRange('0', '9'))
        {
            return text;
        }

        binder.Invalid("DestinationPrefix", null, "not_international", "Must be a plus sign and the first digits of a number, country code first. In a query a plus sign is written %2B.");
        return null;
    }

    static string? Country(FormBinder binder)
    {
        if (binder.Text("Country", 1, 64) is not { } text)
        {
            return null;
        }

        var country = text.ToUpperInvariant();
        if (Countries.Contains(country))
        {
            return country;
        }

        binder.Invalid("Country", text, "not_a_country", "Must be an ISO 3166-1 country of two letters, such as SE.");
        return null;
    }

    static DateTimeOffset? Moment(FormBinder binder, string name)
    {
        if (binder.Text(name, 1, 40) is not { } text)
        {
            return null;
        }

        if (IsoTime.TryReadFromQuery(text, out var moment) && moment.Value.Year is >= 1970 and < 9000)
        {
            return moment.Value.ToUniversalTime();
        }

        binder.Invalid(name, text, "not_a_moment", "Must be a day or a moment in ISO 8601, such as 2026-01-31T14:00:00Z.");
        return null;
    }
}

/// <summary>Which page of which attempts.</summary>
/// <param name="Filter">What the attempts must be.</param>
/// <param name="Size">Attempts of a page.</param>
/// <param name="Number">The caller's own count.</param>
/// <param name="Before">Where the page begins; null for the first.</param>
/// <param name="Asked">The filters as a query says them, with an ampersand at the end.</param>
/// <param name="Pages">Writes the tokens of pages.</param>
sealed record AttemptListQuery(AttemptFilter Filter, int Size, int Number, UInt128? Before, string Asked, AttemptPages Pages)
{
    public string Url(string path, int number, UInt128? before)
    {
        var token = before is { } place ? string.Create(CultureInfo.InvariantCulture, $"&PageToken={Pages.TokenOf(Filter.Account, place)}") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{path}?{Asked}PageSize={Size}&Page={number}{token}");
    }
}
