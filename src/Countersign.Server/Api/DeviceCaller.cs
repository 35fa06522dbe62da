using Countersign.Core;
using Countersign.Core.Factors;

namespace Countersign.Server.Api;

/// <summary>That a request comes from an app on a person's device, and not from the account's own servers: it may do little, and all of it for one entity.</summary>
/// <param name="Token">A token that lets the app make its factor; null where it has one already.</param>
/// <param name="Factor">The push factor that signed the request; null where it is to be made.</param>
sealed record DeviceCaller(AccessToken? Token, Factor? Factor)
{
    /// <summary>The device of a request; null for the account itself.</summary>
    public static DeviceCaller? Of(HttpContext context) => context.Features.Get<DeviceCaller>();

    /// <summary>Whether a caller may see a factor, and what hangs on it: the account any, a device its own.</summary>
    public static bool MaySee(HttpContext context, Sid factor) => Of(context) is not { } device || device.Factor?.Sid == factor;
}
