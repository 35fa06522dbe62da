using Countersign.Core;
using Countersign.Core.Guard.Refusals;

namespace Countersign.Storage;

/// <summary>How both stores ask for a page of refused starts, and what they make of its rows.</summary>
static class RefusedStartPage
{
    /// <summary>
    /// The statement of a page: parameters are the account, the position that it begins at, how many rows, and the service and the destination where they are asked for, in this order.
    /// </summary>
    /// <param name="filter">What is asked for.</param>
    /// <param name="backwards">Towards the newer ones.</param>
    /// <param name="mark">What stands before a parameter's number.</param>
    public static string Sql(RefusedStartFilter filter, bool backwards, char mark)
    {
        var next = 4;

        // By both it goes by the destination, which has few; SQLite knows nothing of that, and passes over an index for what is no bare column.
        var service = mark == '?' && filter.Destination is not null ? "+service_sid" : "service_sid";
        var conditions = (filter.Service is null ? "" : $" AND {service} = {mark}{next++}") + (filter.Destination is null ? "" : $" AND destination = {mark}{next}");
        return $"""
            SELECT position, service_sid, destination, at, body FROM refused_start
            WHERE account_sid = {mark}1 AND position {(backwards ? '>' : '<')} {mark}2{conditions} ORDER BY position{(backwards ? "" : " DESC")} LIMIT {mark}3
            """;
    }

    /// <summary>The page of rows that were read with one more than was asked for.</summary>
    public static Page<RefusedStart> Of(List<(long Position, RefusedStart? Entry)> rows, PageRequest request)
    {
        var page = RowPages.Of(rows, request, static row => row.Position);
        return new Page<RefusedStart>([.. page.Items.Select(static row => row.Entry).OfType<RefusedStart>()], page.Previous, page.Next);
    }
}
