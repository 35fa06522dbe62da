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

    /// <summary>A Redis or Valkey configuration. Comes with a later version.</summary>
    public string? Redis { get; set; }

    /// <summary>The address that the outside world reaches this server by, such as <c>https://verify.example.com</c>, for links in answers; without one they follow the request.</summary>
    public string? PublicUrl { get; set; }

    /// <summary>Addresses or networks (CIDR) of the reverse proxies whose <c>X-Forwarded-*</c> headers are believed. Default none.</summary>
    public IList<string> Proxies { get; set; } = [];

    public BootstrapOptions Bootstrap { get; set; } = new();

    public SandboxOptions Sandbox { get; set; } = new();

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

        if (!options.IsEmbedded && !options.Storage.Contains("Host=", StringComparison.OrdinalIgnoreCase))
        {
            // Note: the value is not repeated; a connection string holds a password.
            problems.Add("Countersign:Storage must be sqlite, or a connection string of PostgreSQL such as Host=db.example;Username=countersign;Password=…;Database=countersign.");
        }

        if (options.DrainSeconds is < 0 or > 300)
        {
            problems.Add("Countersign:DrainSeconds must be from 0 to 300.");
        }

        if (!string.IsNullOrEmpty(options.Redis))
        {
            problems.Add("Countersign:Redis is set, and this version has no Redis store yet. Leave it out.");
        }

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

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
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
