namespace Countersign.Core.Accounts;

/// <summary>Whose credentials they are, and what they may do.</summary>
/// <param name="Account">The account.</param>
/// <param name="Kind">Of the key; main for an Auth Token.</param>
/// <param name="Allow">The permissions of a restricted key.</param>
public sealed record Access(Sid Account, ApiKeyKind Kind, IReadOnlySet<string> Allow)
{
    /// <summary>The account is suspended or closed: the credentials are right and let in nowhere.</summary>
    public bool IsInactive { get; init; }

    /// <summary>Whether it may do what needs a permission; null stands for what nobody gave a name, which only keys that may do everything of its kind may.</summary>
    public bool Permits(Right? right) => Kind switch
    {
        ApiKeyKind.Main => true,
        ApiKeyKind.Standard => right is { IsForMainKeys: false },
        _ => right is { IsForMainKeys: false } wanted && Allow.Contains(wanted.Name),
    };
}

/// <summary>The right to do one thing with one kind of resource.</summary>
/// <param name="Name">As policies write it: <c>/verify/services/read</c>.</param>
/// <param name="IsForMainKeys">Only main keys and Auth Tokens have it: whoever makes keys could give himself any other right.</param>
public sealed record Right(string Name, bool IsForMainKeys);
