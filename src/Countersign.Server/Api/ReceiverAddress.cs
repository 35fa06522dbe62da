using System.Net;
using Countersign.Core.Events;

namespace Countersign.Server.Api;

/// <summary>The address that events are to be posted to, as a caller gives it.</summary>
static class ReceiverAddress
{
    /// <summary>Characters in an address.</summary>
    public const int MaxLength = 2048;

    /// <summary>Why an address cannot be one; null where it can. An address by its number is judged at once, a name whenever it is connected to.</summary>
    public static (string Reason, string Explanation)? ProblemOf(string text, AddressRules rules)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0 || text.Any(character => character is <= ' ' or > '~'))
        {
            return ("not_a_url", "Must be an absolute http or https address in ASCII, such as https://app.example.com/countersign.");
        }

        if (uri.Port == 0)
        {
            return ("not_a_url", "Nobody can be reached at port 0: leave the port out, or give the one that the receiver listens on.");
        }

        if (uri.UserInfo.Length > 0)
        {
            return ("url_with_credentials", "Leave the user and password out of the address: requests are signed.");
        }

        if (text.Contains('#', StringComparison.Ordinal))
        {
            return ("url_with_fragment", "Leave out what begins with #: it is never sent.");
        }

        return IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && !rules.Allows(address)
            ? ("address_not_allowed", "Nothing is sent to private, loopback, link-local or other addresses that are not public, unless Countersign:Webhooks:AllowedNetworks has them.")
            : null;
    }
}
