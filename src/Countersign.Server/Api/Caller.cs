using Countersign.Core;
using Countersign.Core.Accounts;

namespace Countersign.Server.Api;

/// <summary>Whose request it is, once its credentials were found right, and what they may do.</summary>
public sealed record Caller(Access Access)
{
    public Sid AccountSid => Access.Account;

    /// <summary>The caller of a request.</summary>
    /// <exception cref="InvalidOperationException">The path is not behind <see cref="ApiGate"/>: a bug in the mapping.</exception>
    public static Caller Of(HttpContext context) =>
        context.Features.Get<Caller>() ?? throw new InvalidOperationException("This path asks for a caller and is not behind the gate.");
}
