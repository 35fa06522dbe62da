using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Routing;

namespace Countersign.Storage;

/// <summary>A route as JSON.</summary>
sealed record RouteDocument
{
    public string? ServiceSid { get; set; }

    public int Channel { get; set; }

    public string? Country { get; set; }

    public string? Prefix { get; set; }

    public int Strategy { get; set; } = (int)RouteStrategy.Ordered;

    public List<RouteCarrierDocument> Carriers { get; set; } = [];

    public int SendTimeoutMilliseconds { get; set; } = 8000;

    public int ResendElsewhereAfterSeconds { get; set; } = 20;

    public double Exploration { get; set; } = 0.02;
}

/// <summary>One carrier of a route as JSON.</summary>
sealed record RouteCarrierDocument
{
    public string Name { get; set; } = "";

    public int Weight { get; set; } = 1;

    public decimal? Cost { get; set; }
}

/// <summary>Routes in a registry.</summary>
sealed class RouteDocuments : RegistryDocument<Route>
{
    public override string Kind => "route";

    public override string Write(Route entry) => JsonSerializer.Serialize(
        new RouteDocument
        {
            ServiceSid = entry.ServiceSid?.ToString(),
            Channel = (int)entry.Channel,
            Country = entry.Country,
            Prefix = entry.Prefix,
            Strategy = (int)entry.Strategy,
            Carriers = [.. entry.Carriers.Select(carrier => new RouteCarrierDocument { Name = carrier.Name, Weight = carrier.Weight, Cost = carrier.Cost })],
            SendTimeoutMilliseconds = (int)entry.SendTimeout.TotalMilliseconds,
            ResendElsewhereAfterSeconds = (int)entry.ResendElsewhereAfter.TotalSeconds,
            Exploration = entry.Exploration,
        },
        StorageJson.Default.RouteDocument);

    public override Route Read(RegistryRow row)
    {
        var document = JsonSerializer.Deserialize(row.Body, StorageJson.Default.RouteDocument)!;
        return new Route
        {
            AccountSid = row.AccountSid,
            Name = row.Name,
            ServiceSid = Sid.TryParse(document.ServiceSid, "VA", out var service) ? service : null,
            Channel = (Channel)document.Channel,
            Country = document.Country,
            Prefix = document.Prefix,
            Strategy = (RouteStrategy)document.Strategy,
            Carriers = document.Carriers.ConvertAll(carrier => new RouteCarrier { Name = carrier.Name, Weight = carrier.Weight, Cost = carrier.Cost }),
            SendTimeout = TimeSpan.FromMilliseconds(document.SendTimeoutMilliseconds),
            ResendElsewhereAfter = TimeSpan.FromSeconds(document.ResendElsewhereAfterSeconds),
            Exploration = document.Exploration,
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
        };
    }

    public override (DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt) Moments(Route entry) => (entry.CreatedAt, entry.UpdatedAt);
}
