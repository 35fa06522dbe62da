using Countersign.Core.Insight;
using Countersign.Server.Api;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Admin;

/// <summary>What happened by the hour, and how much of it worked: the counters that dashboards draw.</summary>
sealed class RollupAdminEndpoints(IRollupStore rollups, TimeProvider time)
{
    /// <summary>A leap year, so that one answer stays small.</summary>
    const int MaxDays = 366;

    static readonly (string Name, RollupGroups Value)[] Groups =
    [
        ("hour", RollupGroups.Hour), ("day", RollupGroups.Day), ("service", RollupGroups.Service), ("country", RollupGroups.Country), ("channel", RollupGroups.Channel),
        ("carrier", RollupGroups.Carrier), ("error", RollupGroups.Error),
    ];

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/admin/v1/rollups", AnswerMapping.Answering(ReadAsync));

    async ValueTask<IResult> ReadAsync(HttpContext context)
    {
        if (!Form.FromQuery(context.Request).TryGet(out var form, out var error))
        {
            return error;
        }

        var binder = new FormBinder(form);
        var service = binder.Sid("ServiceSid", "VA");
        var to = Moment(binder, "To") ?? RollupKey.MomentOf(RollupKey.HourOf(time.GetUtcNow()) + 1);
        var from = Moment(binder, "From") ?? to.AddDays(-1);
        if (from > to || to - from > TimeSpan.FromDays(MaxDays))
        {
            binder.Invalid("From", null, "out_of_range", $"From must lie before To, by at most {MaxDays} days.");
        }

        var groups = ReadGroups(binder);
        if (binder.Error is not null)
        {
            return binder.Error;
        }

        var query = new RollupQuery { Account = Caller.Of(context).AccountSid, Service = service, From = from, To = to, GroupBy = groups };
        var page = await rollups.ReadAsync(query, context.RequestAborted);
        var all = page.IsCut ? await rollups.ReadAsync(query with { GroupBy = RollupGroups.None }, context.RequestAborted) : page;
        var total = all.Rows.Aggregate(default(RollupCounts), (sum, row) => sum + row.Counts);
        return new RollupAnswer(query, [.. Groups.Where(group => groups.HasFlag(group.Value)).Select(group => group.Name)], page, total);
    }

    /// <summary>By the hour, if nothing is said.</summary>
    static RollupGroups ReadGroups(FormBinder binder)
    {
        if (binder.Text("GroupBy", 1, 64) is not { } text)
        {
            return RollupGroups.Hour;
        }

        var groups = RollupGroups.None;
        foreach (var word in text.Split(','))
        {
            var group = Array.Find(Groups, candidate => candidate.Name == word).Value;
            if (group == RollupGroups.None)
            {
                binder.Invalid("GroupBy", text, "not_a_choice", $"Must be one or more of {string.Join(", ", Groups.Select(known => known.Name))}, with commas and no spaces between.");
            }

            groups |= group;
        }

        if (groups.HasFlag(RollupGroups.Hour | RollupGroups.Day))
        {
            binder.Invalid("GroupBy", text, "not_a_choice", "hour and day exclude each other.");
        }

        return groups;
    }

    /// <summary>A day or a moment in ISO 8601; without an offset it is UTC. A plus sign that a query made a space is one again.</summary>
    static DateTimeOffset? Moment(FormBinder binder, string name)
    {
        if (binder.Text(name, 1, 40) is not { } text)
        {
            return null;
        }

        // In UTC first: the year that counts is that of UTC.
        if (IsoTime.TryReadFromQuery(text, out var read) && read.Value.ToUniversalTime() is { Year: >= 1970 and < 9000 } moment)
        {
            return moment;
        }

        binder.Invalid(name, text, "not_a_moment", "Must be a day or a moment in ISO 8601, such as 2026-01-31 or 2026-01-31T14:00:00Z.");
        return null;
    }
}
