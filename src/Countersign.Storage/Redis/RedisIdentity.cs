using Countersign.Core.Verifications;
using Countersign.Storage.History;
using StackExchange.Redis;

namespace Countersign.Storage.Redis;

/// <summary>What says in Redis whose it is, and how it is divided: a name that the database of the history keeps as well, and the number of groups.</summary>
sealed class RedisIdentity(ConnectionMultiplexer redis, RedisSettings settings) : INamedPlace
{
    string? _name;
    volatile bool _isInDoubt;

    /// <summary>
    /// A master came back without what it had, under this node: what says whose this Redis is may have been there, and nobody could start any more. That it is the right one this node
    /// knows.
    /// </summary>
    public bool IsInDoubt
    {
        get => _isInDoubt;
        set => _isInDoubt = value;
    }

    RedisKey GroupsKey => $"{{{settings.Prefix}}}:groups";

    RedisKey NameKey => $"{{{settings.Prefix}}}:name";

    IDatabase Database => redis.GetDatabase();

    public async Task<(string? Name, bool WasUsed)> LookAsync()
    {
        var (name, groups) = (await RedisDatabase.Wrapped(Database.StringGetAsync(NameKey)), await RedisDatabase.Wrapped(Database.KeyExistsAsync(GroupsKey)));
        _name = name;
        return (name, groups);
    }

    public Task NameAsync(string name)
    {
        _name = name;
        return RedisDatabase.Wrapped(Database.StringSetAsync(NameKey, name));
    }

    /// <exception cref="RedisSettingsException">It is divided otherwise than the settings say.</exception>
    public async Task CheckGroupsAsync()
    {
        var kept = await RedisDatabase.Wrapped(Database.StringGetAsync(GroupsKey));
        if (!kept.IsNull && (int)kept != settings.Groups)
        {
            throw new RedisSettingsException(
                $"What is in Redis lies in {kept} groups, and Countersign:RedisGroups is {settings.Groups}: nothing would be found. Set it to {kept}, or use another Countersign:RedisPrefix.");
        }
    }

    /// <summary>Divides it as the settings say, where it is not yet.</summary>
    /// <inheritdoc cref="CheckGroupsAsync"/>
    public async Task TakeAsync()
    {
        await RedisDatabase.Wrapped(Database.StringSetAsync(GroupsKey, settings.Groups, when: When.NotExists));

        // Again: of two that start together on an empty one, the other may have been first.
        await CheckGroupsAsync();
    }

    /// <summary>Puts back what it knows, where that is in doubt.</summary>
    /// <exception cref="StoreUnavailableException">Not now: it is to be tried again.</exception>
    public async Task PutBackAsync()
    {
        if (!IsInDoubt)
        {
            return;
        }

        // What comes to be in doubt meanwhile is put back the next time.
        IsInDoubt = false;
        try
        {
            if (_name is { } name)
            {
                await RedisDatabase.Wrapped(Database.StringSetAsync(NameKey, name, when: When.NotExists));
            }

            await RedisDatabase.Wrapped(Database.StringSetAsync(GroupsKey, settings.Groups, when: When.NotExists));
        }
        catch (StoreUnavailableException)
        {
            IsInDoubt = true;
            throw;
        }
    }
}
