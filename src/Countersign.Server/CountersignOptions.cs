using Countersign.Core.Delivery;
using Countersign.Core.Events;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Insight;
using Countersign.Server.Lines;
using Microsoft.Extensions.Options;

namespace Countersign.Server;

/// <summary>Settings of the server, section <c>Countersign</c> of the configuration.</summary>
public sealed class CountersignOptions
{
    /// <summary>Where the embedded store and the key ring lie. Default <c>./data</c>.</summary>
    public string DataDirectory { get; set; } = "./data";

    /// <summary><c>sqlite</c>, the default, or the connection string of a PostgreSQL database that any number of servers share.</summary>
    public string Storage { get; set; } = "sqlite";

    /// <summary>The key ring's file. Default <c>keyring.json</c> in the data directory. Servers that share a store share the ring: each needs the same file.</summary>
    public string? KeyRing { get; set; }

    /// <summary>
    /// Seconds for which a server that was told to stop (SIGTERM) goes on serving, not ready and closing connections, so that a load balancer can leave it; 0 to 300.
    /// Default 0 with SQLite and 5 with PostgreSQL.
    /// </summary>
    public int? DrainSeconds { get; set; }

    /// <summary>
    /// Redis or Valkey, one server or a cluster, for live verifications and the delivery queue: <c>host:6379,host:6379,password=…,ssl=true</c>. Default none: PostgreSQL has them
    /// too. Only with PostgreSQL, which keeps the history.
    /// </summary>
    public string? Redis { get; set; }

    /// <summary>Replicas that must have a write before it is acknowledged, 0 to 10. Default 1. With 0, what was acknowledged is lost with the server that had it.</summary>
    public int RedisReplicas { get; set; } = 1;

    /// <summary>Hash slots that all keys are spread over, a power of two, 1 to 4,096. Default 4. Fixed at the first start.</summary>
    public int RedisGroups { get; set; } = 4;

    /// <summary>Begins the names of all keys, so that several installations share a server: 1 to 32 letters, digits and hyphens. Default <c>cs</c>.</summary>
    public string RedisPrefix { get; set; } = "cs";

    /// <summary>Hours for which a verification stays in Redis after its end, 1 to 720. Default 24. Afterwards PostgreSQL has it alone.</summary>
    public int RedisKeepHours { get; set; } = 24;

    /// <summary>The address that the outside world reaches this server by, such as <c>https://verify.example.com</c>, for links in answers; without one they follow the request.</summary>
    public string? PublicUrl { get; set; }

    /// <summary>Addresses or networks (CIDR) of the reverse proxies whose <c>X-Forwarded-*</c> headers are believed. Default none.</summary>
    public IList<string> Proxies { get; set; } = [];

    public BootstrapOptions Bootstrap { get; set; } = new();

    public SandboxOptions Sandbox { get; set; } = new();

    public RetentionOptions Retention { get; set; } = new();

    public AccountLimitOptions Guard { get; set; } = new();

    public GeoIpOptions GeoIp { get; set; } = new();

    public LineOptions Lookup { get; set; } = new();

    public EventOptions Webhooks { get; set; } = new();

    public CarrierOptions Carriers { get; set; } = new();

    /// <summary>The store is a file of this process, and not shared.</summary>
    internal bool IsEmbedded => Storage.Equals("sqlite", StringComparison.OrdinalIgnoreCase);

    internal TimeSpan Drain => TimeSpan.FromSeconds(DrainSeconds ?? (IsEmbedded ? 0 : 5));
}

/// <summary>The first credentials, preset instead of made up: for containers, CI and tests.</summary>
public sealed class BootstrapOptions
{
    /// <summary>AC and 32 hex digits.</summary>
    public string? AccountSid { get; set; }

    /// <summary>16 to 128 characters. When it differs from the stored one, the stored one is replaced.</summary>
    public string? AuthToken { get; set; }

    /// <summary>VA and 32 hex digits.</summary>
    public string? ServiceSid { get; set; }
}

/// <summary>Databases of addresses in MaxMind's format (GeoLite2, DB-IP Lite, IPinfo), for the risk score. Nothing is downloaded; without them some signals are missing.</summary>
public sealed class GeoIpOptions
{
    /// <summary>The path of a database of cities, or of countries. Default none.</summary>
    public string? City { get; set; }

    /// <summary>The path of a database of networks (autonomous systems). Default none.</summary>
    public string? Asn { get; set; }
}

/// <summary>The sandbox carrier, which delivers to the virtual phones at <c>/sandbox</c>.</summary>
public sealed class SandboxOptions
{
    /// <summary>Default true: without a carrier there is nowhere else for a message to go.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Messages that are kept in memory, 1 to 1,000,000. Default 1,000.</summary>
    public int Capacity { get; set; } = 1000;
}

/// <summary>Refuses settings that cannot work, with what to do instead.</summary>
sealed class CountersignOptionsValidator : IValidateOptions<CountersignOptions>
{
    public ValidateOptionsResult Validate(string? name, CountersignOptions options)
    {
        var problems = new List<string>();
        if (string.IsNullOrWhiteSpace(options.DataDirectory))
        {
            problems.Add("Countersign:DataDirectory must name a directory.");
        }

        if (!options.IsEmbedded && !NamesServer(options.Storage))
        {
            // Note: the value is not repeated; a connection string holds a password.
            problems.Add("Countersign:Storage must be sqlite, or a connection string of PostgreSQL, no URL, such as Host=db.example;Username=countersign;Password=…;Database=countersign.");
        }

        if (options.DrainSeconds is < 0 or > 300)
        {
            problems.Add("Countersign:DrainSeconds must be from 0 to 300.");
        }

        ValidateRedis(options, problems);
        if (options.PublicUrl is { Length: > 0 } url && (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https")))
        {
            problems.Add("Countersign:PublicUrl must be an http or https address, such as https://verify.example.com.");
        }

        foreach (var proxy in options.Proxies)
        {
            if (!System.Net.IPAddress.TryParse(proxy, out _) && !System.Net.IPNetwork.TryParse(proxy, out _))
            {
                problems.Add($"Countersign:Proxies holds {proxy}, which is neither an address nor a network such as 10.0.0.0/8.");
            }
        }

        ValidateBootstrap(options.Bootstrap, problems);
        if (options.Sandbox.Capacity is < 1 or > 1_000_000)
        {
            problems.Add("Countersign:Sandbox:Capacity must be from 1 to 1,000,000.");
        }

        foreach (var (setting, days) in new[] { ("HistoryDays", options.Retention.HistoryDays), ("RollupDays", options.Retention.RollupDays) })
        {
            if (days is < 0 or > RetentionOptions.MaxDays)
            {
                problems.Add($"Countersign:Retention:{setting} must be from 1 to {RetentionOptions.MaxDays} days, or 0 to keep everything.");
            }
        }

        if (options.Retention is { RollupDays: > 0 and < RetentionOptions.SummaryDays } retention && (retention.HistoryDays == 0 || retention.RollupDays < retention.HistoryDays))
        {
            problems.Add($"Countersign:Retention:RollupDays must be at least {RetentionOptions.SummaryDays}, or not less than HistoryDays: the summary of attempts counts by the hourly counters.");
        }

        foreach (var (setting, limit) in new[] { ("AccountPerSecond", options.Guard.AccountPerSecond), ("AccountPerMinute", options.Guard.AccountPerMinute) })
        {
            if (limit is < 0 or > AccountLimitOptions.Most)
            {
                problems.Add($"Countersign:Guard:{setting} must be from 1 to 1,000,000, or 0 for no limit.");
            }
        }

        if (options.Guard.Windows is < SlidingWindows.MinCapacity or > AccountLimitOptions.MostWindows)
        {
            problems.Add("Countersign:Guard:Windows must be from 64 to 16,777,216.");
        }

        ValidateLookup(options.Lookup, problems);
        ValidateWebhooks(options.Webhooks, problems);
        ValidateCarriers(options.Carriers, problems);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    /// <summary>Whether it is a connection string that says where the server is. What cannot be read at all is explained when it is opened.</summary>
    static bool NamesServer(string storage)
    {
        try
        {
            var settings = new System.Data.Common.DbConnectionStringBuilder { ConnectionString = storage };
            return settings.ContainsKey("Host") || settings.ContainsKey("Server");
        }
        catch (ArgumentException)
        {
            return storage.Contains("Host=", StringComparison.OrdinalIgnoreCase);
        }
    }

    static void ValidateLookup(LineOptions lookup, List<string> problems)
    {
        // Note: the address is not repeated; somebody may have written credentials into it.
        if (lookup.Server is { Length: > 0 } url && (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0))
        {
            problems.Add("Countersign:Lookup:Server must be an http or https address without credentials, such as https://lookups.twilio.com; those go into Countersign:Lookup:User and Password.");
        }

        if (lookup.TimeoutMilliseconds is < 100 or > 30_000)
        {
            problems.Add("Countersign:Lookup:TimeoutMilliseconds must be from 100 to 30,000.");
        }

        if (lookup.AccountPerMinute is < 0 or > AccountLimitOptions.Most)
        {
            problems.Add("Countersign:Lookup:AccountPerMinute must be from 0 to 1,000,000; 0 is no limit.");
        }
    }

    static void ValidateCarriers(CarrierOptions options, List<string> problems)
    {
        if (options.AllowedNetworks.Count > 1 && options.AllowedNetworks.Contains(CarrierOptions.None))
        {
            problems.Add("Countersign:Carriers:AllowedNetworks is either none, alone, or networks.");
        }

        ValidateNetworks("Countersign:Carriers:AllowedNetworks", options.AllowedNetworks.Where(network => network != CarrierOptions.None), problems);
    }

    static void ValidateNetworks(string setting, IEnumerable<string> networks, List<string> problems)
    {
        foreach (var network in networks)
        {
            if (!AddressRules.IsNetwork(network))
            {
                problems.Add($"{setting} holds {network}, which is neither an address nor a network such as 10.1.0.0/16.");
            }
        }
    }

    static void ValidateWebhooks(EventOptions options, List<string> problems)
    {
        ValidateNetworks("Countersign:Webhooks:AllowedNetworks", options.AllowedNetworks, problems);
        foreach (var (setting, value, least, most) in new[]
        {
            ("TimeoutSeconds", options.TimeoutSeconds, 1, 30), ("RetryHours", options.RetryHours, 1, 168), ("MaxWaiting", options.MaxWaiting, 100, 10_000_000), ("DeadDays", options.DeadDays, 1, 365),
        })
        {
            if (value < least || value > most)
            {
                problems.Add($"Countersign:Webhooks:{setting} must be from {least} to {most}.");
            }
        }
    }

    static void ValidateRedis(CountersignOptions options, List<string> problems)
    {
        if (!string.IsNullOrEmpty(options.Redis) && options.IsEmbedded)
        {
            problems.Add("Countersign:Redis needs a PostgreSQL beside it, which keeps accounts, services and history. Set Countersign:Storage to its connection string, or leave Countersign:Redis out.");
        }

        if (options.Redis is { } redis && redis.Contains("://", StringComparison.Ordinal))
        {
            // Note: not repeated; it may hold a password.
            problems.Add("Countersign:Redis is no URL. Instead of redis://user:password@host:6379 write host:6379,user=…,password=…; instead of rediss:// add ssl=true.");
        }

        if (options.RedisReplicas is < 0 or > 10)
        {
            problems.Add("Countersign:RedisReplicas must be from 0 to 10.");
        }

        if (options.RedisGroups is < 1 or > 4096 || !System.Numerics.BitOperations.IsPow2(options.RedisGroups))
        {
            problems.Add("Countersign:RedisGroups must be a power of two, from 1 to 4096.");
        }

        if (options.RedisPrefix.Length is < 1 or > 32 || !options.RedisPrefix.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-'))
        {
            problems.Add("Countersign:RedisPrefix must be 1 to 32 letters, digits and hyphens.");
        }

        if (options.RedisKeepHours is < 1 or > 720)
        {
            problems.Add("Countersign:RedisKeepHours must be from 1 to 720.");
        }
    }

    static void ValidateBootstrap(BootstrapOptions bootstrap, List<string> problems)
    {
        if (bootstrap.AccountSid is not null && !Core.Sid.TryParse(bootstrap.AccountSid, "AC", out _))
        {
            problems.Add("Countersign:Bootstrap:AccountSid must be AC and 32 hex digits.");
        }

        if (bootstrap.ServiceSid is not null && !Core.Sid.TryParse(bootstrap.ServiceSid, "VA", out _))
        {
            problems.Add("Countersign:Bootstrap:ServiceSid must be VA and 32 hex digits.");
        }

        if (bootstrap.AuthToken is { } token && (token.Length is < 16 or > 128 || token.Any(character => character is < '!' or > '~')))
        {
            problems.Add("Countersign:Bootstrap:AuthToken must have 16 to 128 printable ASCII characters without spaces.");
        }
    }
}
