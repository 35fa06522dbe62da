using Countersign.Core;

namespace Countersign.Server.Api;

/// <summary>Whose request it is, once its credentials were found right.</summary>
public sealed record Caller(Sid AccountSid)
{
    /// <summary>The caller of a request.</summary>
    /// <exception cref="InvalidOperationException">The path is not behind <see cref="ApiGate"/>: a bug in the mapping.</exception>
    public static Caller Of(HttpContext context) =>
        context.Features.Get<Caller>() ?? throw new InvalidOperationException("This path asks for a caller and is not behind the gate.");
}
