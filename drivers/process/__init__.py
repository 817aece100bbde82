"""Child programs: started, listened to, ended for certain, and tied to their parent."""
