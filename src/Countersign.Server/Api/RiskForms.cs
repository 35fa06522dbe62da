using Countersign.Core.Guard.Risk;
using Countersign.Core.Numbers;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>
/// Reads what a caller tells of the person: by parameters of ours, or, from SDKs that know none of these, by <c>Tags</c> under fixed keys. A parameter that is wrong is an
/// error; a tag that is wrong is ignored, since the caller may mean something else by it. A parameter goes before a tag.
/// </summary>
static class RiskForms
{
    const int MaxUserAgent = 1024, MaxFingerprint = 256;

    const string UserAgentTag = "user_agent", FingerprintTag = "device_fingerprint", CreatedTag = "account_created_at", PreviousTag = "previous_number";

    static readonly string[] Tags = [UserAgentTag, FingerprintTag, CreatedTag, PreviousTag];

    public static CallerSignals Bind(FormBinder binder, IReadOnlyDictionary<string, string>? tags)
    {
        var agent = binder.Text("DeviceUserAgent", 1, MaxUserAgent) ?? TagOf(tags, UserAgentTag);
        var fingerprint = binder.Text("DeviceFingerprint", 1, MaxFingerprint) ?? TagOf(tags, FingerprintTag);
        var created = BindCreated(binder) ?? (IsoTime.TryRead(TagOf(tags, CreatedTag), out var tagged) ? tagged : null);
        var previous = BindPrevious(binder) ?? (TagOf(tags, PreviousTag) is { } text && PhoneNumber.TryParse(text, out var number, out _) ? number : null);
        return agent is null && fingerprint is null && created is null && previous is null
            ? CallerSignals.None
            : new CallerSignals { UserAgent = agent, DeviceFingerprint = fingerprint, AccountCreatedAt = created, PreviousNumber = previous };
    }

    /// <summary>The tags that are kept: those that were read as signals are personal, and are not among them.</summary>
    public static IReadOnlyDictionary<string, string>? WithoutSignals(IReadOnlyDictionary<string, string>? tags)
    {
        if (tags is null || !Tags.Any(tags.ContainsKey))
        {
            return tags;
        }

        var kept = tags.Where(tag => !Tags.Contains(tag.Key)).ToDictionary();
        return kept.Count == 0 ? null : kept;
    }

    /// <summary>Characters of a tag that is read as a signal: browsers' names of themselves are longer than other tags may be. Null for a tag that is none.</summary>
    public static int? LongestOf(string tag) => tag switch
    {
        UserAgentTag => MaxUserAgent,
        FingerprintTag => MaxFingerprint,
        _ => null,
    };

    static DateTimeOffset? BindCreated(FormBinder binder)
    {
        if (binder.Text("AccountCreatedAt", 1, 40) is not { } text)
        {
            return null;
        }

        if (IsoTime.TryReadFromQuery(text, out var time))
        {
            return time;
        }

        binder.Invalid("AccountCreatedAt", null, "not_a_moment", "Must be a moment in ISO 8601, such as 2026-03-01T12:00:00Z.");
        return null;
    }

    static PhoneNumber? BindPrevious(FormBinder binder)
    {
        if (binder.Phone("PreviousNumber", 64) is not { } text)
        {
            return null;
        }

        if (PhoneNumber.TryParse(text, out var number, out var problem))
        {
            return number;
        }

        // Not repeated: it is a person's number, mistyped.
        binder.Invalid("PreviousNumber", null, problem.ReasonName, problem.Explanation, problem.Suggestion);
        return null;
    }

    static string? TagOf(IReadOnlyDictionary<string, string>? tags, string name) => tags?.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
}
