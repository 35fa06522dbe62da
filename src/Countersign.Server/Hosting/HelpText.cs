namespace Countersign.Server.Hosting;

/// <summary>What <c>--help</c> prints.</summary>
static class HelpText
{
    const string Where = "It reads the settings as the server does: run it in the same directory, or with the same --Countersign:DataDirectory, --Countersign:Storage and --Countersign:KeyRing.";

    /// <summary>What <c>--help</c> prints behind a verb that has no options of its own; null for any other.</summary>
    public static string? OfVerb(string verb) => verb switch
    {
        "credentials" => $"""
            usage: {ProgramName.Short} credentials [settings]

            Prints the first account's SID, its Auth Token and its first service, and a curl line that uses them. The server may run meanwhile.
            {Where}
            """,
        "rotate-key" => $"""
            usage: {ProgramName.Short} rotate-key [settings]

            Adds a key to the key ring and makes it the active one. What was made with the keys before it stays readable: they stay in the file. The servers use the new one once they
            are restarted; with several, copy the file to all of them first (docs/scaling.md, "Rotating the key").
            {Where}
            """,
        "move-live" => $"""
            usage: {ProgramName.Short} move-live [settings]

            Keeps live verifications from now on where the settings say: in Redis if Countersign:Redis is set, else in PostgreSQL. Stop all servers first. Nothing is copied: what is pending is
            not found any more, and messages that were not sent yet are not sent (docs/scaling.md, "Redis").
            {Where}
            """,
        _ => null,
    };

    /// <summary>Of the server. A test holds it against the settings that there are.</summary>
    public static string Text { get; } = $$"""
        Countersign: a self-hosted verification service that speaks the Twilio Verify v2 API.

        usage: {{ProgramName.Short}} [verb] [settings]

        verbs
          (none)          start the server
          credentials     print the first account's SID, Auth Token and service again, and a curl line that uses them
          rotate-key      add a key to the key ring and make it the active one; restart the servers to use it
          move-live       keep live verifications from now on where the settings say, in Redis or in PostgreSQL; what is pending is forgotten
          try             send a test message through every carrier and print what came of each; try --help
          simulator       a carrier that is not there, for tests: Twilio's API and SMPP, with faults; simulator --help
          help            this text

        settings (command line, environment as Countersign__Name, or appsettings.json)
          --urls http://localhost:8080                 where to listen
          --Countersign:DataDirectory ./data           embedded store and key ring
          --Countersign:Storage sqlite                 or a PostgreSQL that servers share, "Host=…;Database=…;Username=…;Password=…": in the environment
          --Countersign:KeyRing ./data/keyring.json    the key ring, the same for all servers of one store
          --Countersign:DrainSeconds 5                 how long to go on serving after SIGTERM, not ready any more; 0 with SQLite
          --Countersign:PublicUrl https://…            our address as the outside world sees it
          --Countersign:Proxies:0 10.0.0.0/8           reverse proxies whose X-Forwarded headers are believed
          --Countersign:Bootstrap:AccountSid AC…       preset the first credentials, also
          --Countersign:Bootstrap:AuthToken …          their token: in the environment
          --Countersign:Bootstrap:ServiceSid VA…       and service
          --Countersign:Sandbox:Enabled true           deliver to the virtual phones at /sandbox
          --Countersign:Sandbox:Capacity 1000          messages that they keep, in memory only
          --Countersign:Redis host:6379,host:6379      live verifications in Redis, beside PostgreSQL; with password=…: in the environment
          --Countersign:RedisReplicas 1                replicas that must have a write before it is acknowledged; 0 for a single server
          --Countersign:RedisGroups 4                  hash slots that all keys are spread over; fixed at the first start
          --Countersign:RedisPrefix cs                 begins the names of all keys
          --Countersign:RedisKeepHours 24              how long a verification stays in Redis after its end
          --Countersign:Retention:HistoryDays 90       days that verifications and attempts are kept; 0 for ever
          --Countersign:Retention:RollupDays 730       days that the hourly counters are kept; 0 for ever
          --Countersign:GeoIp:City FILE                places of addresses, in MaxMind's format (.mmdb), for the risk score
          --Countersign:GeoIp:Asn FILE                 their networks' owners
          --Countersign:Lookup:Ranges FILE             carriers of ranges of numbers: CSV with prefix,mcc,mnc,carrier,type
          --Countersign:Lookup:Server https://…        a server of Twilio's Lookup v2 that Lookup asks, also
          --Countersign:Lookup:User AC…                its user
          --Countersign:Lookup:Password …              and password: in the environment
          --Countersign:Lookup:TimeoutMilliseconds 3000   what it has for an answer
          --Countersign:Lookup:AccountPerMinute 120    numbers that one account may have it asked about in any minute; 0 for no limit
          --Countersign:Guard:AccountPerSecond 0       sends of one account in any second; 0 for no limit
          --Countersign:Guard:AccountPerMinute 0       sends of one account in any minute; 0 for no limit
          --Countersign:Guard:Windows 1048576          sliding windows that are kept in memory
          --Countersign:Carriers:AllowedNetworks:0 10.2.0.0/16  private networks that carriers may be in; none: in none
          --Countersign:Webhooks:AllowedNetworks:0 10.1.0.0/16  networks that events may be posted to although they are private
          --Countersign:Webhooks:TimeoutSeconds 10     how long a receiver of events has to answer
          --Countersign:Webhooks:RetryHours 24         how long an event is tried, until it is a dead letter
          --Countersign:Webhooks:MaxWaiting 100000     events that may wait for one receiver
          --Countersign:Webhooks:DeadDays 30           days that dead letters are kept

        All settings: docs/configuration.md
        """;
}
