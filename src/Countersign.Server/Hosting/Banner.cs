using System.Text;

namespace Countersign.Server.Hosting;

/// <summary>What the server prints when it is ready: everything needed for the first call.</summary>
static class Banner
{
    public static string Write(BootstrapResult bootstrap, string address, bool sandbox, string dataDirectory)
    {
        var account = bootstrap.Account;
        var text = new StringBuilder();
        text.AppendLine();
        text.AppendLine($"  Countersign is ready at {address}");
        text.AppendLine();
        text.AppendLine($"  Account SID   {account.Sid}");
        text.AppendLine(bootstrap.IsNew
            ? $"  Auth Token    {account.AuthToken.Reveal()}"
            : "  Auth Token    as printed on the first start; add the word  credentials  to the start command to see it again");
        text.AppendLine(bootstrap.Service is { } service
            ? $"  Service SID   {service.Sid}"
            : "  Service SID   none: create one with POST /v2/Services");
        text.AppendLine();

        if (bootstrap.Service is not null)
        {
            text.AppendLine(sandbox ? "  Send a code to a virtual phone:" : "  Send a code:");
            text.AppendLine();
            text.AppendLine($"    {Curl(bootstrap, address)}");
            text.AppendLine();
        }

        if (sandbox)
        {
            var credentials = bootstrap.IsNew ? $"#{account.Sid}:{account.AuthToken.Reveal()}" : "";
            text.AppendLine($"  Virtual phones  {address}/sandbox{credentials}");
        }

        text.AppendLine($"  Console         {address}/console");
        text.AppendLine($"  Data            {Path.GetFullPath(dataDirectory)}");
        if (sandbox)
        {
            text.AppendLine();
            text.AppendLine("  The sandbox carrier is on: every message goes to the virtual phones, none to a real one,");
            text.AppendLine("  and whoever has these credentials can read the codes there. Countersign:Sandbox:Enabled=false turns it off.");
        }

        return text.ToString();
    }

    static string Curl(BootstrapResult bootstrap, string address)
    {
        var token = bootstrap.IsNew ? bootstrap.Account.AuthToken.Reveal() : "$AUTH_TOKEN";
        return $"curl -u {bootstrap.Account.Sid}:{token} {address}/v2/Services/{bootstrap.Service!.Sid}/Verifications --data-urlencode To=+14155550123 -d Channel=sms";
    }
}
