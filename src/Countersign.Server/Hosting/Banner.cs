using System.Text;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Delivery;

namespace Countersign.Server.Hosting;

/// <summary>What the server prints when it is ready: everything needed for the first call.</summary>
static class Banner
{
    const string Default = "http://localhost:8080";

    public static string Write(BootstrapResult bootstrap, string address, CountersignOptions options, PartsAway? away)
    {
        var account = bootstrap.Account;
        var sandbox = options.Sandbox.Enabled;
        var token = bootstrap.ShowsToken ? account?.AuthToken.Reveal() : null;
        var text = new StringBuilder();
        text.AppendLine();
        text.AppendLine($"  Countersign is ready at {address}");
        text.AppendLine();
        if (account is null)
        {
            text.AppendLine($"  The first account cannot be used. {bootstrap.WhyNoAccount}");
        }
        else
        {
            AppendAccount(text, account, bootstrap.Service?.Sid, token, address, options);
        }

        text.AppendLine();
        if (sandbox)
        {
            text.AppendLine($"  Virtual phones  {address}/sandbox{(token is null ? "" : $"#{account!.Sid}:{token}")}");
        }

        text.AppendLine($"  Console         {address}/console");
        text.AppendLine($"  Key ring        {CountersignHost.KeyRingPath(options)}");
        text.AppendLine($"  Data            {DataOf(options)}");
        if (away is not null)
        {
            text.AppendLine();
            text.AppendLine($"  Redis cannot be written to in {away.Why.Count} of {away.Of} groups, and what they would keep is answered 503. Group {away.Why[0].Key}: {away.Why[0].Value}.");
            text.AppendLine("  A single server without replicas needs Countersign:RedisReplicas=0; in a cluster each master needs as many as that says. /health/ready tells when it is mended.");
        }

        if (sandbox)
        {
            text.AppendLine();
            text.AppendLine("  The sandbox carrier is on: test numbers, numbers for fiction, and all that an account without a");
            text.AppendLine("  carrier sends, go to the virtual phones, where whoever has these credentials can read the codes.");
            text.AppendLine("  Countersign:Sandbox:Enabled=false turns it off.");
        }

        return text.ToString();
    }

    static void AppendAccount(StringBuilder text, Account account, Sid? service, string? token, string address, CountersignOptions options)
    {
        AppendCredentials(text, account, service, token ?? (options.Bootstrap.AuthToken is null
            ? "as printed on the first start, or by the line below"
            : "as preset by Countersign:Bootstrap:AuthToken"));
        if (token is null && options.Bootstrap.AuthToken is null)
        {
            text.AppendLine();
            text.AppendLine($"    {CommandOf("credentials", address, options)}");
        }

        AppendFirstCall(text, account, service, token ?? "$AUTH_TOKEN", address, options);
    }

    /// <summary>What the verb <c>credentials</c> prints.</summary>
    public static string Credentials(Account account, Sid? service, string token, ICollection<string> listening, CountersignOptions options)
    {
        var text = new StringBuilder();
        AppendCredentials(text, account, service, token);
        AppendFirstCall(text, account, service, token, AddressOf(listening, options), options);
        if (listening.Count == 0 && string.IsNullOrEmpty(options.PublicUrl))
        {
            // A verb does not see the server's command line.
            text.AppendLine();
            text.AppendLine($"  Where the server listens is not told here, and {Default} is taken. If it is elsewhere, add the server's --urls or");
            text.AppendLine("  --Countersign:PublicUrl to this command.");
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>An address that works when it is pasted here: the public one, or the one listened on, with the wildcard for "every address" made a name.</summary>
    public static string AddressOf(ICollection<string> listening, CountersignOptions options)
    {
        if (!string.IsNullOrEmpty(options.PublicUrl))
        {
            return options.PublicUrl.TrimEnd('/');
        }

        var address = listening.FirstOrDefault() ?? Default;
        return address.Replace("[::]", "localhost").Replace("0.0.0.0", "localhost").Replace("*", "localhost").Replace("+", "localhost").TrimEnd('/');
    }

    static void AppendCredentials(StringBuilder text, Account account, Sid? service, string token)
    {
        text.AppendLine($"  Account SID   {account.Sid}");
        text.AppendLine($"  Auth Token    {token}");
        text.AppendLine($"  Service SID   {service?.ToString() ?? "none: create one with POST /v2/Services"}");
    }

    static void AppendFirstCall(StringBuilder text, Account account, Sid? service, string token, string address, CountersignOptions options)
    {
        if (!options.Sandbox.Enabled)
        {
            // A line that can only be refused would be worse than none: the number for fiction has nowhere to go.
            text.AppendLine();
            text.AppendLine("  The sandbox is off, so a message needs a carrier, and test numbers and numbers for fiction are refused.");
            text.AppendLine($"  Configure a carrier with  PUT {address}/admin/v1/carriers/{{name}}  (docs/delivery.md), or turn the sandbox on with");
            text.AppendLine("  Countersign:Sandbox:Enabled=true. Then send a code to a phone of yours:");
        }
        else if (service is not null)
        {
            text.AppendLine();
            text.AppendLine("  Send a code to a virtual phone:");
        }

        if (service is { } sid)
        {
            text.AppendLine();
            text.AppendLine($"    curl -u {account.Sid}:{token} {address}/v2/Services/{sid}/Verifications --data-urlencode To={(options.Sandbox.Enabled ? "+14155550123" : "$YOUR_NUMBER")} -d Channel=sms");
        }
    }

    /// <summary>A verb as it is typed to get this very program with this very data, from any directory. A connection string holds a password, and is not repeated.</summary>
    static string CommandOf(string verb, string address, CountersignOptions options)
    {
        var where = !string.IsNullOrEmpty(options.PublicUrl) ? $" --Countersign:PublicUrl {ProgramName.Quoted(options.PublicUrl)}" : address == Default ? "" : $" --urls {address}";
        var keyRing = options.KeyRing is null && options.IsEmbedded ? "" : $" --Countersign:KeyRing {ProgramName.Quoted(CountersignHost.KeyRingPath(options))}";
        return options.IsEmbedded
            ? $"{ProgramName.Full} {verb} --Countersign:DataDirectory {ProgramName.Quoted(Path.GetFullPath(options.DataDirectory))}{keyRing}{where}"
            : $"{ProgramName.Full} {verb}{keyRing}{where}    # with Countersign__Storage in the environment, as it is set for the server";
    }

    /// <summary>Where things are kept, without what is secret of it.</summary>
    static string DataOf(CountersignOptions options)
    {
        if (options.IsEmbedded)
        {
            return Path.GetFullPath(options.DataDirectory);
        }

        var redis = string.IsNullOrEmpty(options.Redis) ? "" : $"; live verifications in Redis, acknowledged with {options.RedisReplicas} replica(s)";
        return $"PostgreSQL{redis}";
    }
}
