using System.Text.Json;
using Countersign.Core.Insight;
using Countersign.Server.Api;

namespace Countersign.Server.Admin;

/// <summary>Sums of the rollup. A row has the members that it is grouped by, all counters, and two rates, which are null where there is nothing to divide by.</summary>
sealed class RollupAnswer(RollupQuery query, IReadOnlyList<string> groups, RollupPage page, RollupCounts total) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        var (from, to) = query.Hours;
        json.WriteStartObject();
        json.WriteString("service_sid"u8, query.Service?.ToString());
        json.WriteString("from"u8, VerificationJson.Date(RollupKey.MomentOf(from)));
        json.WriteString("to"u8, VerificationJson.Date(RollupKey.MomentOf(to)));
        json.WriteStartArray("group_by"u8);
        foreach (var group in groups)
        {
            json.WriteStringValue(group);
        }

        json.WriteEndArray();
        json.WriteStartArray("rows"u8);
        foreach (var row in page.Rows)
        {
            json.WriteStartObject();
            WriteGroups(json, row);
            WriteCounts(json, row.Counts);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("total"u8);
        WriteCounts(json, total);
        json.WriteEndObject();
        json.WriteBoolean("is_cut"u8, page.IsCut);
        json.WriteEndObject();
    }

    void WriteGroups(Utf8JsonWriter json, RollupRow row)
    {
        if (row.At is { } at)
        {
            json.WriteString(query.GroupBy.HasFlag(RollupGroups.Hour) ? "hour"u8 : "day"u8, VerificationJson.Date(at));
        }

        if (row.Service is { } service)
        {
            json.WriteString("service_sid"u8, service.ToString());
        }

        if (row.Country is { } country)
        {
            json.WriteString("country"u8, country.Length > 0 ? country : null);
        }

        if (row.Channel is { } channel)
        {
            json.WriteString("channel"u8, Wire.Channel(channel));
        }

        if (row.Carrier is { } carrier)
        {
            json.WriteString("carrier"u8, carrier.Length > 0 ? carrier : null);
        }

        if (query.GroupBy.HasFlag(RollupGroups.Error))
        {
            json.WriteString("error"u8, row.Error is { } error ? DeliveryWords.Of(error) : null);
        }
    }

    static void WriteCounts(Utf8JsonWriter json, RollupCounts counts)
    {
        for (var i = 0; i < RollupCounters.Count; i++)
        {
            json.WriteNumber(RollupCounters.Names[i], counts[i]);
        }

        var delivered = counts[RollupCounter.Delivered];
        // Where no receipt came, nobody knows what arrived.
        var told = delivered + counts[RollupCounter.Undelivered];
        WriteRate(json, "delivery_rate", delivered, told > 0 ? told + counts[RollupCounter.Failed] : 0);
        WriteRate(json, "conversion_rate", counts[RollupCounter.Approved], counts[RollupCounter.Starts]);
    }

    static void WriteRate(Utf8JsonWriter json, string name, long part, long whole)
    {
        if (whole > 0)
        {
            json.WriteNumber(name, Math.Round((decimal)part / whole, 4));
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
