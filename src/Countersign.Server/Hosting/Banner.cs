using System.Text;

namespace Countersign.Server.Hosting;

/// <summary>What the server prints when it is ready: everything needed for the first call.</summary>
static class Banner
{
    public static string Write(BootstrapResult bootstrap, string address, CountersignOptions options)
    {
        var account = bootstrap.Account;
        var sandbox = options.Sandbox.Enabled;

        // Shown once, when it was made up here. A preset one is known to who set it, and the output of a container is a log.
        var token = bootstrap.IsNew && options.Bootstrap.AuthToken is null ? account.AuthToken.Reveal() : null;
        var text = new StringBuilder();
        text.AppendLine();
        text.AppendLine($"  Countersign is ready at {address}");
        text.AppendLine();
        text.AppendLine($"  Account SID   {account.Sid}");
        text.AppendLine($"  Auth Token    {token ?? (options.Bootstrap.AuthToken is null
            ? "as printed on the first start; start with the verb  credentials  to see it again"
            : "as preset by Countersign:Bootstrap:AuthToken")}");
        text.AppendLine(bootstrap.Service is { } service
            ? $"  Service SID   {service.Sid}"
            : "  Service SID   none: create one with POST /v2/Services");
        text.AppendLine();

        if (bootstrap.Service is not null)
        {
            text.AppendLine(sandbox ? "  Send a code to a virtual phone:" : "  Send a code:");
            text.AppendLine();
            text.AppendLine($"    {Curl(bootstrap, token ?? "$AUTH_TOKEN", address)}");
            text.AppendLine();
        }

        if (sandbox)
        {
            text.AppendLine($"  Virtual phones  {address}/sandbox{(token is null ? "" : $"#{account.Sid}:{token}")}");
        }

        text.AppendLine($"  Console         {address}/console");
        text.AppendLine($"  Data            {Path.GetFullPath(options.DataDirectory)}");
        if (sandbox)
        {
            text.AppendLine();
            text.AppendLine("  The sandbox carrier is on: every message goes to the virtual phones, none to a real one,");
            text.AppendLine("  and whoever has these credentials can read the codes there. Countersign:Sandbox:Enabled=false turns it off.");
        }

        return text.ToString();
    }

    /// <summary>An address that works when it is pasted here: the public one, or the one listened on, with the wildcard for "every address" made a name.</summary>
    public static string AddressOf(ICollection<string> listening, CountersignOptions options)
    {
        if (!string.IsNullOrEmpty(options.PublicUrl))
        {
            return options.PublicUrl.TrimEnd('/');
        }

        var address = listening.FirstOrDefault() ?? "http://localhost:8080";
        return address.Replace("[::]", "localhost").Replace("0.0.0.0", "localhost").Replace("*", "localhost").Replace("+", "localhost").TrimEnd('/');
    }

    static string Curl(BootstrapResult bootstrap, string token, string address) =>
        $"curl -u {bootstrap.Account.Sid}:{token} {address}/v2/Services/{bootstrap.Service!.Sid}/Verifications --data-urlencode To=+14155550123 -d Channel=sms";
}
