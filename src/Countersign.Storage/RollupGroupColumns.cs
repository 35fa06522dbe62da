using Countersign.Core.Insight;

namespace Countersign.Storage;

/// <summary>What the rows of a rollup are grouped by, in SQL that every store understands, in the order in which they are asked for and read.</summary>
static class RollupGroupColumns
{
    public static List<string> Of(RollupGroups groups)
    {
        var columns = new List<string>();
        if (groups.HasFlag(RollupGroups.Hour))
        {
            columns.Add("hour");
        }
        else if (groups.HasFlag(RollupGroups.Day))
        {
            columns.Add("hour / 24 * 24");
        }

        foreach (var (group, column) in ((RollupGroups, string)[])
            [(RollupGroups.Service, "service_sid"), (RollupGroups.Country, "country"), (RollupGroups.Channel, "channel"), (RollupGroups.Carrier, "carrier"), (RollupGroups.Error, "error")])
        {
            if (groups.HasFlag(group))
            {
                columns.Add(column);
            }
        }

        return columns;
    }
}
