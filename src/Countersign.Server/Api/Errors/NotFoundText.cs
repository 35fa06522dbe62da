using Countersign.Core;

namespace Countersign.Server.Api.Errors;

/// <summary>The sentence for a path that leads to nothing: what was looked for, and what to check.</summary>
static class NotFoundText
{
    const int MaxEchoed = 64;

    /// <summary>Where the path is one of ours and what it names is not there, or belongs to another account, which is not to be told apart.</summary>
    public static string OfResource(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var at = Array.FindIndex(parts, part => part.Equals("Services", StringComparison.OrdinalIgnoreCase));
        if (at >= 0 && at + 1 < parts.Length)
        {
            var service = parts[at + 1];
            return !Sid.TryParse(service, "VA", out _)
                ? $"{EchoedText.Of(service, MaxEchoed)} is no service SID: that is VA and 32 hexadecimal digits, as the server prints it on its first start."
                : parts.Length == at + 2 || !parts[at + 2].Equals("test-numbers", StringComparison.OrdinalIgnoreCase)
                    ? $"This account has no service with the SID {service}. Check the SID, and whose credentials you use; GET /v2/Services lists the account's."
                    : $"This account has no service with the SID {service}, or the service has no such test number.";
        }

        return "There is nothing of that name in this account. Check the path, and whose credentials you use.";
    }

    /// <summary>Where nothing answers at the path, whatever it names.</summary>
    public static string OfPath(string path)
    {
        var first = path.Split('/', 3, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";
        return first.ToLowerInvariant() switch
        {
            "v2" => "No operation of this version has that path. Check its spelling: /v2/Services, /v2/Services/{VA…}/Verifications and /v2/Services/{VA…}/VerificationCheck.",
            "admin" => "The admin API has no such path. GET /openapi/admin.json describes those it has.",
            "sandbox" => "There is nothing there. The virtual phones are at /sandbox, while Countersign:Sandbox:Enabled is true.",
            _ => "There is nothing there. The API is under /v2, the admin API under /admin/v1, the console at /console.",
        };
    }
}
