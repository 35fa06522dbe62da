namespace Countersign.Core.Registry;

/// <summary>
/// An entry that is there and that this server cannot read: it opens with a key that it was not given yet, or it is damaged, or a newer version wrote it. What stands in its place when
/// it is left out matters: without a block list everybody may be called, and without a carrier the sandbox has the codes.
/// </summary>
/// <param name="AccountSid">The account that it belongs to.</param>
/// <param name="Name">Its name.</param>
/// <param name="LastRead">The entry as it was when it could last be read; null where it never could.</param>
/// <param name="LacksKey">It is only a key that is missing: as soon as this server has it, it can be read.</param>
public sealed record UnreadableEntry<T>(Sid AccountSid, string Name, T? LastRead, bool LacksKey)
    where T : class, IRegistered;
